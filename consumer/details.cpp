#include "consumer/details.hpp"

#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {
namespace {

constexpr std::size_t kPagesMax = 2;
constexpr std::chrono::milliseconds kRetryFirst{1'000};
constexpr std::chrono::milliseconds kRetryMax{60'000};
constexpr std::chrono::seconds kSlow{1};
constexpr int kWholePause = 49;  // times as long as a pass over all took

}  // namespace

Details::Details(DetailsOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      backoff_(kRetryFirst, kRetryMax, random_seed()),
      pages_(kPagesMax),
      finish_(false),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Details::~Details() {
  thread_.request_stop();
  pages_.close();
  finish_.lock().notify_all();
}

void Details::finish() {
  auto finish = finish_.lock();
  *finish = true;
  finish.notify_all();
}

bool Details::finishing(SteadyTime when, const std::stop_token& stop) {
  auto finish = finish_.lock();
  finish.wait_until(when, [&](bool asked) { return asked || stop.stop_requested(); });
  return *finish;
}

void Details::run(const std::stop_token& stop) {
  SteadyTime whole_at = clock_.steady_now();
  SteadyTime pass_at = whole_at;
  bool last = false;
  while (!last && !stop.stop_requested()) {
    last = finishing(pass_at, stop);
    // A stop is not held up by a database that was waited for in vain just now.
    if (stop.stop_requested() || (last && slow_)) break;
    const SteadyTime now = clock_.steady_now();
    const bool whole = last || now >= whole_at;
    const auto passed = pass(whole, stop);
    report(passed);
    const SteadyTime end = clock_.steady_now();
    slow_ = !passed && end - now > kSlow;
    pass_at = end + (passed ? options_.interval : backoff_.next());
    if (passed) backoff_.reset();
    if (!passed) whole_at = pass_at;
    if (passed && whole) whole_at = end + (end - now) * kWholePause;
  }
  pages_.close();
}

Result<void> Details::pass(bool whole, const std::stop_token& stop) {
  auto source = db::DetailSource::open(options_.mgccomp, options_.mgc);
  if (!source) return source.error();
  if (whole) rooms_through_ = people_through_ = 0;
  for (const auto of : {db::DetailOf::room, db::DetailOf::person}) {
    std::int64_t& through = of == db::DetailOf::room ? rooms_through_ : people_through_;
    bool more = true;
    while (more && !stop.stop_requested()) {
      auto page = source->next_page(of, through);
      if (!page) return page.error();
      through = page->last_id;
      more = !page->is_last;
      if (!page->details.empty() && !pages_.push(std::move(*page))) return {};
    }
  }
  return {};
}

void Details::report(const Result<void>& passed) {
  if (!passed && !away_) {
    log_warning("no names from mgc for now, the record goes on without them: {}",
                passed.error().message);
  }
  if (passed && away_) log_info("names come from mgc again");
  away_ = !passed;
}

}  // namespace mgc::consumer
