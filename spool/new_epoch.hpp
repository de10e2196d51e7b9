#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "spool/outbox.hpp"

namespace mgc::spool {

/// How a pack of the outbox stands in mgccomp.
enum class Standing : std::uint8_t {
  held,     ///< it is stored, kept as a dead letter that receipts go past, or acknowledged
  refused,  ///< it contradicts what is stored, and can never be under this epoch
  unknown,  ///< nothing of it is there
};
using StandingOf = std::function<Result<Standing>(const StoredPack& pack)>;

struct NewEpoch {
  std::string node;
  std::uint64_t epoch_before = 0;
  std::uint64_t epoch = 0;           ///< 0 when no pack was refused
  std::uint64_t first_sequence = 0;  ///< of the old epoch, from which on events were recorded again
  std::uint64_t events = 0;          ///< that were recorded again, from sequence 1 of the new epoch
  std::filesystem::path kept_as;     ///< the file as it was before
};

/// Gives the outbox in `file` a new epoch, and records the events of the first refused pack, and of
/// all behind it that are not held, again under the new one, in their order. What else is in the
/// file stays: rejected lines, and how far logs were read. Killed in the middle, it has not
/// happened, and can be repeated.
///
/// @param standing_of  asked for each pack, in order.
/// @errors stop  not an outbox, another process has it, FILE.epoch-E is there already, a pack
///               cannot be read, disk full; a pack that is unknown may still come out of the queue,
///               because a broker accepted it or because it does not follow a refused one: it
///               would be stored twice. Or as `standing_of`.
/// @cost   the file twice on the disk.
[[nodiscard]] Result<NewEpoch> begin_new_epoch(const std::filesystem::path& file,
                                               const StandingOf& standing_of, const Clock& clock);

}  // namespace mgc::spool
