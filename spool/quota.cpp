#include "spool/quota.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace mgc::spool {
namespace {

constexpr std::string_view kWayOut =
    "start or repair the compliance service, or raise the quota of the outbox";

double percent(std::uint64_t used, std::uint64_t limit) {
  return 100.0 * static_cast<double>(used) / static_cast<double>(limit);
}

}  // namespace

std::optional<Error> Quota::refusal(const Waiting& waiting) const {
  if (waiting.bytes >= limits_.bytes) {
    return Error{
        Action::retry,
        fmt::format("{}: the quota of {} bytes is used up, {} bytes wait for a receipt; {}",
                    file_.string(), limits_.bytes, waiting.bytes, kWayOut)};
  }
  if (waiting.packs >= limits_.packs) {
    return Error{
        Action::retry,
        fmt::format("{}: the quota of {} packs is used up, {} packs wait for a receipt; {}",
                    file_.string(), limits_.packs, waiting.packs, kWayOut)};
  }
  return std::nullopt;
}

std::optional<Error> disk_refusal(const std::filesystem::path& file, std::uint64_t reserve,
                                  std::uint64_t bytes) {
  if (reserve == 0) return std::nullopt;
  std::error_code error;
  const auto space = std::filesystem::space(file, error);
  if (error) {
    return Error{Action::retry,
                 fmt::format("{}: cannot ask for the free space of its disk: {}; check the disk",
                             file.string(), error.message())};
  }
  if (space.available >= reserve && (space.available - reserve) / 2 >= bytes) return std::nullopt;
  return Error{Action::retry,
               fmt::format("{}: its disk has {} bytes left and {} are kept free; free space on it",
                           file.string(), space.available, reserve)};
}

std::optional<std::string> Quota::warning(const Waiting& waiting) {
  const double used =
      std::max(percent(waiting.bytes, limits_.bytes), percent(waiting.packs, limits_.packs));
  const bool above = used >= limits_.warn_percent;
  const bool crossed = above && !warned_;
  warned_ = above;
  if (!crossed) return std::nullopt;
  return fmt::format(
      "{}: {:.0f} % of the quota is used, {} packs and {} bytes wait for a receipt; {}",
      file_.string(), used, waiting.packs, waiting.bytes, kWayOut);
}

}  // namespace mgc::spool
