#include "consumer/details.hpp"

#include <utility>

namespace mgc::consumer {
namespace {

constexpr int kWholePause = 49;  // times as long as a pass over all took

}  // namespace

Details::Details(DetailsOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      lookout_(
          {options_.interval, "no names from mgc for now, the record goes on without them",
           "names come from mgc again"},
          [this](bool last, Pages& pages, const std::stop_token& stop) {
            return look(last, pages, stop);
          },
          clock) {}

Result<void> Details::look(bool last, Pages& pages, const std::stop_token& stop) {
  const SteadyTime begin = clock_.steady_now();
  const bool whole = last || begin >= whole_at_;
  auto passed = pass(whole, pages, stop);
  const SteadyTime end = clock_.steady_now();
  if (!passed) whole_at_ = end;
  if (passed && whole) whole_at_ = end + (end - begin) * kWholePause;
  return passed;
}

Result<void> Details::pass(bool whole, Pages& pages, const std::stop_token& stop) {
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
      if (!page->details.empty() && !pages.push(std::move(*page))) return {};
    }
  }
  return {};
}

}  // namespace mgc::consumer
