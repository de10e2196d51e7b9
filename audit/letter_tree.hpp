#pragma once

#include <string>
#include <vector>

#include "audit/verify.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {

/// What a checkpoint's tree of dead letters says of one: all that its row says, its bytes by their
/// SHA-256. A structure in the language of TLS, as schema::LedgerEntry is:
///
///     struct {
///       uint8  version = 1;
///       int64  dead_letter_id;
///       int64  received_at;            // UTC microseconds since 1970
///       opaque message_id<0..2^32-1>;  // four bytes of length, then so many
///       opaque reason<0..2^32-1>;
///       opaque sha256[32];
///       opaque node<0..255>;           // empty = the letter is no pack
///       uint64 epoch;                  // of the pack that it was, as the next
///       uint64 first_sequence;
///     } DeadLetterEntry;
[[nodiscard]] Bytes letter_entry(const db::LetterFacts& letter);

enum class LetterBytes : std::uint8_t { believe, check };

/// [n]: the root over the first n dead letters of a lane; at least [0].
/// @param report  what is not so, where the letters' bytes are checked against their SHA-256.
/// Memory: 32 bytes for each dead letter. @errors as ComplianceReader.
[[nodiscard]] Result<std::vector<schema::Digest>> letter_roots(db::ComplianceReader& reader,
                                                               const std::string& lane,
                                                               LetterBytes bytes,
                                                               VerifyReport& report);

}  // namespace mgc::audit
