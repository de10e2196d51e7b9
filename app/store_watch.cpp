#include "app/store_watch.hpp"

#include <utility>

#include "core/log.hpp"

namespace mgc::app {

StoreWatch::StoreWatch(std::string mgccomp, const Clock& clock)
    : mgccomp_(std::move(mgccomp)),
      clock_(clock),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

StoreWatch::~StoreWatch() {
  thread_.request_stop();
  last_.lock().notify_all();
}

void StoreWatch::run(const std::stop_token& stop) {
  bool failed = false;
  while (!stop.stop_requested()) {
    const auto looked = look();
    if (!looked && !failed) {
      log_warning("metrics show mgccomp as it was: {}", looked.error().message);
    }
    failed = !looked;
    auto last = last_.lock();
    last.wait_until(clock_.steady_now() + kInterval,
                    [&](const auto&) { return stop.stop_requested(); });
  }
}

Result<void> StoreWatch::look() {
  if (!reader_) {
    auto opened = db::StoreGaugesReader::open(mgccomp_);
    if (!opened) return opened.error();
    reader_.emplace(std::move(*opened));
  }
  auto gauges = reader_->read();
  if (!gauges) {
    reader_.reset();
    return gauges.error();
  }
  last_.lock()->emplace(Look{std::move(*gauges), clock_.utc_now()});
  return {};
}

}  // namespace mgc::app
