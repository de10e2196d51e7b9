#pragma once

#include <cstdint>
#include <optional>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::sqlite {

/// As Session::build_index(). The words are built a part at a time, since SQLite has one writer and
/// a batch that comes meanwhile waits for it: words_<segment> is a full-text index without texts,
/// into which go the words as core/words.hpp finds them.
[[nodiscard]] Result<bool> build_index(Session& session, std::uint64_t segment);

/// As Session::has_words().
[[nodiscard]] std::optional<Condition> indexed_words(std::uint64_t segment,
                                                     const NeededWords& needed);

}  // namespace mgc::db::sqlite
