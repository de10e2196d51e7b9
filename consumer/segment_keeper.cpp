#include "consumer/segment_keeper.hpp"

#include <utility>

#include "db/dsn.hpp"
#include "db/schema_version.hpp"

namespace mgc::consumer {

SegmentKeeper::SegmentKeeper(SegmentKeeperOptions options, Writer& writer, const Clock& clock)
    : options_(std::move(options)),
      writer_(writer),
      clock_(clock),
      one_writer_(db::is_sqlite(options_.mgccomp)),
      policy_(options_.unsealed_max) {
  if (one_writer_) return;
  lookout_.emplace(
      LookoutOptions{options_.interval, "segments are not sealed for now, the record goes on",
                     "segments are sealed again"},
      [this](bool last, Pages&, const std::stop_token& stop) { return look(last, stop); }, clock_);
}

void SegmentKeeper::after_batch(bool full) {
  policy_.lock()->note_batch(full, clock_.steady_now());
  if (!one_writer_) return;
  writer_.tend_segments([this](std::uint64_t waiting) { return waiting >= options_.unsealed_max; });
}

void SegmentKeeper::when_idle(const std::function<bool()>& still_idle) {
  if (!one_writer_) return;
  while (still_idle() && writer_.tend_segments([](std::uint64_t) { return true; })) continue;
}

Result<void> SegmentKeeper::look(bool last, const std::stop_token& stop) {
  if (last) return {};
  if (!session_) {
    auto opened = db::open_schema(options_.mgccomp, db::OpenMode::beside, db::Schema::mgccomp);
    if (!opened) return opened.error();
    session_ = std::move(*opened);
  }
  auto tended = tend(*session_, stop);
  if (tended || stop.stop_requested()) return {};
  if (tended.error().action != Action::retry) session_.reset();
  return tended;
}

Result<void> SegmentKeeper::tend(db::Session& session, const std::stop_token& stop) {
  const std::stop_callback end(stop, [&session] { session.cancel(); });
  while (!stop.stop_requested()) {
    const auto step = db::tend_segments(
        session, options_.of,
        [this](std::uint64_t waiting) {
          return policy_.lock()->may_seal(waiting, clock_.steady_now());
        },
        clock_.utc_now());
    if (!step) return step.error();
    if (*step == db::Tended::nothing) return {};
  }
  return {};
}

}  // namespace mgc::consumer
