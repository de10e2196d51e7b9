#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "audit/formats/lync_xml_reader.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

/// A file that may be imported, as a first reading of all of it found it.
struct ImportFile {
  std::filesystem::path path;
  LyncFile content;
  std::uint64_t epoch = 0;  ///< of kLyncImportNode: 63 bits of the SHA-256 of the file
  std::filesystem::file_time_type written_at{};  ///< as it was before it was read
  std::uint64_t events = 0;                      ///< sequences 1, 2, 3 ... in order of the file
  std::uint64_t unreadable = 0;                  ///< messages that tell no event

  /// For people and for the events' source: the file's own name, harmless for a terminal.
  [[nodiscard]] std::string name() const;
};

/// Something of a file that cannot be an event, with what a dead letter keeps of it.
struct Unreadable {
  std::uint64_t line = 0;
  std::string reason;
  Bytes raw;
};

/// Reads a whole file, so that none of a file that breaks off is imported.
/// @param progress  as LyncVisits::progress.
/// @errors as read_lync_xml().
[[nodiscard]] Result<ImportFile> look_at_import(
    const std::filesystem::path& path,
    const std::function<Result<void>(std::uint64_t bytes)>& progress);

struct ImportVisits {
  std::function<Result<void>(Bytes body)> pack;
  std::function<Result<void>(Unreadable)> unreadable;
  std::function<Result<void>(std::uint64_t)> progress;  ///< as LyncVisits::progress
};

/// Shows the packs of a file without fault, in order: those behind the sequence `through`, the
/// first of which names `last_sha256` as the one before it; and all that is unreadable in it.
/// @errors stop  it has changed since look_at_import(); what was shown is of what it was, or of
///         what it is now. Otherwise as read_lync_xml().
[[nodiscard]] Result<void> read_import(const ImportFile& file, std::uint64_t through,
                                       Bytes last_sha256, const ImportVisits& visits);

/// What a dead letter keeps of a file with a fault: all of it, or its beginning when it is larger
/// than kFaultyBytesMax; the reason says so.
/// @errors stop  it cannot be read.
[[nodiscard]] Result<Unreadable> keep_faulty(const ImportFile& file);
inline constexpr std::uint64_t kFaultyBytesMax = std::uint64_t{16} << 20;

}  // namespace mgc::audit
