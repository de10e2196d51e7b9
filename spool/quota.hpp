#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace mgc::spool {

/// How much may wait in an outbox, and how much of the disk it leaves.
struct QuotaLimits {
  std::uint64_t bytes = 0;
  std::uint64_t packs = 0;
  unsigned warn_percent = 0;
  std::uint64_t disk_reserve_bytes = 0;
};

/// What waits in an outbox.
struct Waiting {
  std::uint64_t packs = 0;
  std::uint64_t bytes = 0;
};

/// Why `bytes` more may not be written beside `file`: they, twice, because SQLite writes them to
/// its log and then to the file, would leave less than `reserve` bytes of its disk. nullopt when
/// they may. A reserve of 0 turns the question off.
[[nodiscard]] std::optional<Error> disk_refusal(const std::filesystem::path& file,
                                                std::uint64_t reserve, std::uint64_t bytes = 0);

/// Judges what waits by the limits. Warns once each time a limit comes near.
///
/// Threads: one at a time.
class Quota {
 public:
  Quota(std::filesystem::path file, QuotaLimits limits) : file_(std::move(file)), limits_(limits) {}

  /// Why nothing more may wait; nullopt when it may.
  [[nodiscard]] std::optional<Error> refusal(const Waiting& waiting) const;
  /// Why nothing more may be written to the disk; nullopt when it may.
  [[nodiscard]] std::optional<Error> disk_refusal() const {
    return spool::disk_refusal(file_, limits_.disk_reserve_bytes);
  }
  /// The line to log when `waiting` has just crossed the warning level upwards.
  [[nodiscard]] std::optional<std::string> warning(const Waiting& waiting);

 private:
  std::filesystem::path file_;
  QuotaLimits limits_;
  bool warned_ = false;
};

}  // namespace mgc::spool
