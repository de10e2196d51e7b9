#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace mgc::audit {

/// Reads proofs.tlog: proofs of c2sp.org/tlog-proof, an empty line behind each.
///
/// Threads: one owner. Memory: a proof and a line, each at most kProofBytesMax.
/// Source: docs/proofs.md, "Formats".
class ProofFile {
 public:
  /// An event in base 64, and more than a proof needs.
  static constexpr std::size_t kProofBytesMax = std::size_t{4} << 20;

  explicit ProofFile(const std::filesystem::path& file) : in_(file, std::ios::binary) {}

  [[nodiscard]] bool is_open() const { return in_.is_open(); }
  /// The text of the next proof, for read_proof(); nullopt at the end.
  /// @errors stop    cannot be read.
  ///         reject  what comes next begins as no proof does, is cut, is longer than one can be, or
  ///                 no empty line is behind it; nothing of the file can be told apart after it.
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  std::ifstream in_;
  std::string head_;  ///< the first line of the next one
};

}  // namespace mgc::audit
