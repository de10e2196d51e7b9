#pragma once

#include <functional>

#include "consumer/commit_size.hpp"
#include "core/result.hpp"
#include "db/compliance_store.hpp"

namespace mgc::consumer {

/// Commits a part of a batch in one transaction; as ComplianceStore::commit.
using CommitPart = std::function<Result<db::CommitCounts>(const db::BatchRecord&)>;

/// Stores all of `batch` that the database can hold. Usually that is one call of `commit`. When it
/// is rejected, the halves are committed by themselves, in order, down to the single record: a pack
/// that can never be stored becomes a dead letter with the reason and every byte, and the packs
/// beside it are stored. The node has a gap there that receipts go past, until the letter is
/// replayed to a database that takes it. A part with more records than `size` allows is halved too,
/// before it is tried or when an error of it has lowered the limit: it was too slow.
///
/// @param batch   borrowed for the call.
/// @param size    `commit` tells it what was too slow and what was stored.
/// @param commit  called once for each part; may return any error.
/// @return the sum of all parts, or the first error that is not a rejection. What was committed
///         before that error stays; the same batch again finds it as duplicates.
/// @errors stop  the database refuses a dead letter too; otherwise those of `commit`.
/// @cost   for a batch of n records with one bad one, about 2 * log2(n) transactions more.
[[nodiscard]] Result<db::CommitCounts> commit_by_halves(const db::BatchRecord& batch,
                                                        const CommitSize& size,
                                                        const CommitPart& commit);

}  // namespace mgc::consumer
