#include "consumer/side_work.hpp"

#include <chrono>

#include "consumer/service.hpp"

namespace mgc::consumer {
namespace {

constexpr std::chrono::milliseconds kLastWait{1'500};

}  // namespace

SideWork::SideWork(const ServiceOptions& options, const Clock& clock)
    : clock_(clock),
      crashed_(CrashedSessionsOptions{.mgccomp = options.mgccomp, .interval = options.crashed_look},
               clock),
      duties_({options.mgccomp, options.duties_look}, clock) {
  if (!options.mgc.empty()) details_.emplace(DetailsOptions{options.mgccomp, options.mgc}, clock);
}

void SideWork::write_one(Writer& writer) {
  const SteadyTime now = clock_.steady_now();
  if (details_) {
    if (const auto page = details_->next(now)) writer.add_details(*page);
  }
  if (const auto page = crashed_.next(now)) writer.close_people(*page);
  if (const auto page = duties_.next(now)) writer.record_duties(*page);
}

void SideWork::finish() {
  crashed_.finish();
  duties_.finish();
  if (details_) details_->finish();
}

void SideWork::write_rest(Writer& writer) {
  if (details_) {
    const SteadyTime until = clock_.steady_now() + kLastWait;
    while (const auto page = details_->next(until)) writer.add_details(*page);
    details_.reset();
  }
  const SteadyTime crashed_until = clock_.steady_now() + kLastWait;
  while (const auto page = crashed_.next(crashed_until)) writer.close_people(*page);
  const SteadyTime duties_until = clock_.steady_now() + kLastWait;
  while (const auto page = duties_.next(duties_until)) writer.record_duties(*page);
}

}  // namespace mgc::consumer
