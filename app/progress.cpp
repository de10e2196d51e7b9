#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace mgc::app {
namespace {

constexpr std::chrono::seconds kFirst{2};
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLine{5};
constexpr std::size_t kWidth = 30;

std::string bar(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return {};
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(kWidth));
  return fmt::format("[{}{}] {:3.0f} % ", std::string(filled, '#'),
                     std::string(kWidth - filled, '.'), part * 100);
}

}  // namespace

ProgressBar::ProgressBar(std::string what, const Clock& clock)
    : what_(std::move(what)), clock_(clock), terminal_(::isatty(STDERR_FILENO) == 1) {
  state_.lock()->next_at = clock_.steady_now() + kFirst;
}

ProgressBar::~ProgressBar() {
  if (terminal_ && state_.lock()->drawn) fmt::print(stderr, "\n");
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total, const std::string& note) {
  const SteadyTime now = clock_.steady_now();
  {
    auto state = state_.lock();
    if (now < state->next_at) return;
    state->next_at = now + (terminal_ ? std::chrono::milliseconds{kRedraw} : kLine);
    state->drawn = true;
  }
  const std::string text = fmt::format("{} {}{}", what_, bar(done, total), note);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", text);
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

}  // namespace mgc::app
