#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "schema/limits.hpp"

namespace mgc::db {

/// A dead letter may be larger than an engine takes in one row (16 MiB on MariaDB, unless it was
/// set otherwise): then it is kept in parts, and each part has its own row. All but the last have
/// this size.
inline constexpr std::size_t kLetterPartBytes = 2 * schema::kPackBytesMax;

/// A part of a letter, as its row's message id says it.
struct LetterPart {
  std::string_view message_id;  ///< of the letter
  std::size_t number = 1;       ///< 1 to `of`
  std::size_t of = 1;
};

/// "ID (part 2 of 3)".
[[nodiscard]] std::string part_message_id(const LetterPart& part);

/// Reads it back. A row is a part only when its size is that of one: whoever sends a message
/// chooses its id. @param bytes  what the row holds.
[[nodiscard]] std::optional<LetterPart> read_part(std::string_view message_id, std::size_t bytes);

}  // namespace mgc::db
