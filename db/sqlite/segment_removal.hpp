#pragma once

#include <cstdint>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::sqlite {

/// What remove_segment of the server engines does (migration `removal`), in the caller's
/// transaction.
[[nodiscard]] Result<void> remove_segment(Session& session, std::uint64_t segment);

/// A body in the place of a pack's.
struct RemovedPack {
  std::uint64_t segment = 0;
  std::uint64_t first_event_id = 0;
  ByteView body;
};
/// What remove_pack of the server engines does, after remove_segment() in the same transaction.
[[nodiscard]] Result<void> remove_pack(Session& session, const RemovedPack& pack);

}  // namespace mgc::db::sqlite
