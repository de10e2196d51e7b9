#include "consumer/service_metrics.hpp"

namespace mgc::consumer {
namespace {

/// 1 to 262,144 events.
Histogram event_histogram() { return Histogram(growing_bounds(1, 4, 10)); }

}  // namespace

std::string_view to_string(ClosedBy why) {
  switch (why) {
    case ClosedBy::events: return "events";
    case ClosedBy::bytes: return "bytes";
    case ClosedBy::age: return "age";
    case ClosedBy::idle: return "idle";
    case ClosedBy::suspect: return "suspect";
    case ClosedBy::stopping: break;
  }
  return "stopping";
}

std::size_t events_of(const Batch& batch) {
  std::size_t events = 0;
  for (const DecodedRecord& record : batch) events += record.events();
  return events;
}

ClosedBy why_due(const Batch& batch, const BatchLimits& limits) {
  if (events_of(batch) >= limits.events_max) return ClosedBy::events;
  std::size_t bytes = 0;
  for (const DecodedRecord& record : batch) bytes += record.bytes();
  return bytes >= limits.bytes_max ? ClosedBy::bytes : ClosedBy::age;
}

ServiceMetrics::ServiceMetrics()
    : batch_events{event_histogram(), event_histogram(), event_histogram(),
                   event_histogram(), event_histogram(), event_histogram()} {}

void ServiceMetrics::note_batch(ClosedBy why, std::size_t events_in_it,
                                const db::CommitCounts& counts, UtcTime now) {
  packs += counts.packs_stored;
  events += counts.events_stored;
  duplicates += counts.packs_duplicate;
  dead_letters += counts.dead_letters;
  gaps_opened += counts.gaps_opened;
  gaps_closed += counts.gaps_closed;
  batch_events[static_cast<std::size_t>(why)].observe(static_cast<double>(events_in_it));
  last_commit_at = to_micros(now);
}

}  // namespace mgc::consumer
