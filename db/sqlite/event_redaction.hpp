#pragma once

#include <cstdint>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::sqlite {

/// What is put in the place of one event.
struct Replacement {
  std::int64_t request = 0;
  ByteView old_body, new_body;
  std::string_view notice;
};

/// What redact_event of the server engines does (migration `redaction`), in the caller's
/// transaction.
[[nodiscard]] Result<void> redact_event(Session& session, const Replacement& replacement);

}  // namespace mgc::db::sqlite
