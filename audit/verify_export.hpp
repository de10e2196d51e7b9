#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "audit/signed_note.hpp"
#include "audit/verify.hpp"
#include "core/result.hpp"

namespace mgc::audit {

struct ExportVerdict : Findings {
  std::uint64_t events = 0;    ///< that are proven
  std::uint64_t redacted = 0;  ///< of them, whose bytes were taken away; their place is proven
  std::uint64_t removed = 0;   ///< that are not there, as proven events say; of a whole ledger
  std::uint64_t files = 0;     ///< whose bytes are those of the manifest
  bool rows_compared = false;  ///< the format has a row for each event, which its proof was held to
  bool is_whole_ledger = false;  ///< nothing of the ledger was left out by the query
};

/// Checks an export with proofs, without a database: the manifest, the bytes of each file, each
/// event's way to a root that one of `keys` signed, what the rows say against the events' own
/// bytes, the sequences of each node, and that no event is there twice. A change of any bit is a
/// finding, with its place.
///
/// What it cannot say: whether the query left out events that it should have found.
///
/// Memory: flat; the manifest, a number for each node and epoch, and MissingEvents.
/// @param progress  called now and then with the events so far; may be empty.
/// @errors stop  `dir` is no export, or a file cannot be read.
[[nodiscard]] Result<ExportVerdict> verify_export(
    const std::filesystem::path& dir, std::span<const VerifierKey> keys,
    const std::function<void(std::uint64_t)>& progress = {});

}  // namespace mgc::audit
