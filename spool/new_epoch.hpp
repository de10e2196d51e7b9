#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "spool/outbox.hpp"

namespace mgc::spool {

/// Tells what becomes of a pack: true when it, and so everything behind it, can never be stored
/// under the epoch of this outbox.
using CannotBeStored = std::function<Result<bool>(const StoredPack& pack)>;

struct NewEpoch {
  std::string node;
  std::uint64_t epoch_before = 0;
  std::uint64_t epoch = 0;           ///< 0 when no pack was found that cannot be stored
  std::uint64_t first_sequence = 0;  ///< of the old epoch, from which on events were recorded again
  std::uint64_t events = 0;          ///< that were recorded again, from sequence 1 of the new epoch
  std::filesystem::path kept_as;     ///< the file as it was before
};

/// Gives the outbox in `file` a new epoch, and records the events that cannot be stored under the
/// old one again under the new one, in their order. What else is in the file stays: rejected lines,
/// and how far logs were read. Killed in the middle, it has not happened.
///
/// @param cannot_be_stored  asked for each pack in order, until it says so.
/// @errors stop  not an outbox, another process has it, FILE.epoch-E is there already, a pack
///               cannot be read, disk full; or as `cannot_be_stored`.
/// @cost   the file twice on the disk.
[[nodiscard]] Result<NewEpoch> begin_new_epoch(const std::filesystem::path& file,
                                               const CannotBeStored& cannot_be_stored,
                                               const Clock& clock);

}  // namespace mgc::spool
