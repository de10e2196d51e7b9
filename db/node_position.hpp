#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mgc::db {

/// Sequences first..last, both inclusive; first <= last.
struct SequenceRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const SequenceRange&) const = default;
};

/// How far one node and epoch is stored. Sequences begin at 1, so {0, 0} is "nothing yet".
struct NodePosition {
  std::uint64_t contiguous_through = 0;  ///< all of 1..this is stored, or an acknowledged gap
  std::uint64_t max_seen = 0;            ///< the highest sequence that is stored or acknowledged
  bool operator==(const NodePosition&) const = default;
};

/// How a range of sequences fits to what is stored.
enum class Fit : std::uint8_t {
  extends,   ///< wholly above max_seen
  fills,     ///< wholly inside one open gap
  covered,   ///< all of it is stored already
  overlaps,  ///< a part is stored already and a part is not
};

/// What storing a range does to a position and its gaps.
struct PositionChange {
  Fit fit = Fit::covered;
  NodePosition position;                     ///< afterwards; unchanged when covered or overlaps
  std::optional<SequenceRange> gap_opened;   ///< extends: what was jumped over
  std::optional<SequenceRange> gap_filled;   ///< fills: the open gap that holds the range
  std::vector<SequenceRange> still_missing;  ///< fills: what remains of it, 0 to 2 ranges, in order
};

/// Decides about `range`, a pure function: of a pack, or of a gap that is acknowledged.
///
/// @param position   before.
/// @param open_gaps  the open gap of the node and epoch with the least last sequence that is not
///                   below range.first, then the next one behind it that is not acknowledged.
/// @param range      1 <= first <= last.
[[nodiscard]] PositionChange place_range(const NodePosition& position,
                                         std::span<const SequenceRange> open_gaps,
                                         SequenceRange range);

}  // namespace mgc::db
