#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "audit/export_format.hpp"
#include "audit/export_writer.hpp"
#include "audit/presence.hpp"

namespace mgc::audit {

/// Who is in the rooms of each lane, by its name; kept from one export to the next of a service.
using PresenceOfLanes = std::map<std::string, Presence>;

/// Cuts what it is given into slices and writes their files. All files of a slice are written aside
/// and synced, then the state says that the slice is finished, then they get their names; so a file
/// that has its name is never written again, and whoever takes it away may do so.
///
/// Memory: one slice with its files, and who is in the rooms where the format wants to know.
///
/// @param format    outlives it, as `present` does.
/// @param list      name of the file in which finished ones are listed until there is a manifest;
///                  empty = they are not listed.
/// @param progress  called after each slice with the events so far.
[[nodiscard]] std::unique_ptr<ExportWriter> make_slice_writer(
    OpenExport open, const FileFormat& format, std::string list, PresenceOfLanes& present,
    std::function<void(std::uint64_t)> progress);

/// What OutputFile::name may be. Names that the export itself uses are none.
/// @errors stop  with what is wrong.
[[nodiscard]] Result<void> check_file_name(std::string_view name);

}  // namespace mgc::audit
