#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {

/// That something is in a log, as c2sp.org/tlog-proof writes it.
struct TlogProof {
  Bytes extra;
  std::uint64_t index = 0;
  std::vector<schema::Digest> hashes;
  std::string checkpoint;  ///< a signed note

  bool operator==(const TlogProof&) const = default;
};

[[nodiscard]] std::string proof_text(const TlogProof& proof);
/// @errors reject  not what proof_text() writes.
[[nodiscard]] Result<TlogProof> read_proof(std::string_view text);

inline constexpr std::string_view kProofHead = "c2sp.org/tlog-proof@v1\n";

}  // namespace mgc::audit
