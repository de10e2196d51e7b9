#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// The lane that imports are recorded in. It has a ledger of its own and no queue.
inline constexpr std::string_view kImportLane = "import";

struct ImportOptions {
  std::string mgccomp;
  std::filesystem::path from;      ///< a directory, or one file
  std::chrono::seconds lease{15};  ///< after which another import takes over from one that died
};

/// What could not be imported, and where it is.
struct ImportTrouble {
  std::string file;        ///< below the directory; printable
  std::uint64_t line = 0;  ///< 0 = all of the file
  std::string reason;
};

struct ImportTotals {
  std::uint64_t files = 0;     ///< with events of which any could be read; imported or before
  std::uint64_t repeated = 0;  ///< files with the same bytes as another one
  std::uint64_t lists = 0;     ///< .ATTACH files and what an export keeps for itself
  std::uint64_t events = 0;    ///< of all files
  std::uint64_t added = 0;     ///< stored by this run; the others were there
  std::uint64_t unreadable_files = 0;
  std::uint64_t unreadable_messages = 0;
  std::uint64_t refused_packs = 0;                ///< by the database, kept as dead letters
  std::map<std::string, std::uint64_t> left_out;  ///< what the format does not have
  std::vector<ImportTrouble> troubles;            ///< the first kListed
  std::uint64_t troubles_total = 0;
  bool stopped = false;  ///< before its end; the same command goes on

  static constexpr std::size_t kListed = 1'000;
  [[nodiscard]] bool whole() const { return troubles_total == 0 && !stopped; }
};

/// Records the files below `from` in the lane kImportLane of mgccomp,
/// through the writer that the service has. What is there already is not stored again.
///
/// @param progress  bytes read, bytes of all files twice over.
/// @errors stop  the directory or the database cannot be used; reconnect  the latter is not there.
[[nodiscard]] Result<ImportTotals> import_lync_xml(
    const ImportOptions& options, const Clock& clock, std::stop_token stop,
    const std::function<void(const ImportTotals&, std::uint64_t done, std::uint64_t total)>&
        progress);

}  // namespace mgc::app
