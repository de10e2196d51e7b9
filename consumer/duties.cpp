#include "consumer/duties.hpp"

#include <algorithm>
#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {
namespace {

using schema::EventKind;

/// Numbers are given before their rows are committed, so a look begins a bit before where the last
/// one ended; now and then it begins at the first row.
constexpr std::int64_t kLookBack = 1'000;
constexpr std::chrono::hours kWholePause{1};
constexpr std::size_t kWarningsMax = 1'000;

}  // namespace

Duties::Duties(DutiesOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      lookout_(
          {options_.interval,
           "what is done with the record does not become events for now, the record goes on",
           "what is done with the record becomes events again"},
          [this](bool last, Pages& pages, const std::stop_token& stop) {
            return look(last, pages, stop);
          },
          clock) {}

Result<void> Duties::look(bool last, Pages& pages, const std::stop_token& stop) {
  // One session for all looks, which are many; one that has ended is opened again.
  if (source_) {
    auto looked = look_with(*source_, last, pages, stop);
    if (looked) return looked;
    source_.reset();
  }
  auto source = db::DutySource::open(options_.mgccomp);
  if (!source) return source.error();
  source_.emplace(std::move(*source));
  return look_with(*source_, last, pages, stop);
}

Result<void> Duties::look_with(db::DutySource& source, bool last, Pages& pages,
                               const std::stop_token& stop) {
  const SteadyTime begin = clock_.steady_now();
  if (last || begin >= whole_at_) through_.clear();
  for (const EventKind kind : schema::kDutyKinds) {
    const auto more = look_at(source, kind, pages, stop);
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (begin >= whole_at_) whole_at_ = begin + kWholePause;
  return {};
}

Result<bool> Duties::look_at(db::DutySource& source, EventKind kind, Pages& pages,
                             const std::stop_token& stop) {
  std::int64_t from = std::max<std::int64_t>(1, through_[kind] - kLookBack);
  bool more = true;
  while (more) {
    auto found = source.find(kind, from);
    if (!found) return found.error();
    for (const std::int64_t entry : found->unfit) warn(kind, entry);
    if (!found->page.entries.empty() && !pages.push(std::move(found->page))) return false;
    if (stop.stop_requested()) return false;
    from = found->next;
    more = found->more;
  }
  through_[kind] = from;
  return true;
}

void Duties::warn(EventKind kind, std::int64_t entry) {
  if (warned_.size() == kWarningsMax || !warned_.emplace(kind, entry).second) return;
  log_warning("row {} of {} can be no event of the ledger: somebody wrote it by hand", entry,
              db::duty_table(kind));
}

}  // namespace mgc::consumer
