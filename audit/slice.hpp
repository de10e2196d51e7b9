#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// Somebody in a room, as the event of his coming names him.
struct Occupant {
  std::string uri;
  std::string name;  ///< empty = none, as the next
  std::string email;
  UtcTime joined_at{};
};

/// The event ids of a slice, and about how many bytes its events may have: what an export holds in
/// memory. One event is a slice whatever its size.
inline constexpr std::uint64_t kSliceIds = 10'000;
inline constexpr std::size_t kSliceBytes = std::size_t{8} << 20;

/// What a format of several files gets at a time: the hits among one fixed run of event ids of a
/// lane. Where it begins and ends depends on the ledger and the query alone, so that an export that
/// was killed writes the same files when it goes on.
struct Slice {
  std::string lane;
  /// The event id that it begins at: a multiple of kSliceIds; or, where so many events have more
  /// than kSliceBytes, the first that did not fit into the slice before. No two slices of a lane
  /// have the same.
  std::uint64_t number = 0;
  std::vector<db::ComplianceEvent> events;  ///< in order of event_id; at least one
  /// Who was in each room of `events` just before the first of them, by the room's uri; in order of
  /// their own uris. Rooms in which nobody was are left out. Empty where the format does not ask.
  std::map<std::string, std::vector<Occupant>> present;
};

/// A whole file of an export.
struct OutputFile {
  /// Below the directory of the export: letters, digits, '.', '_', '-', and '/' between folders.
  /// Nothing of an event is in it as it came.
  std::string name;
  Bytes bytes;
};

/// The files of one slice; none of two slices have the same name. Pure: the same slice gives the
/// same bytes.
/// @errors stop  an event that the format cannot hold, with its event_id.
using SliceFormat = std::function<Result<std::vector<OutputFile>>(const Slice&)>;

}  // namespace mgc::audit
