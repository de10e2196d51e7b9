#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace mgc::db::mariadb {

/// Where in a transaction a call failed: the same code means something else at COMMIT.
enum class Step : std::uint8_t { opening, statement, inserting, committing };

/// What the server or its client library says of a failed call. Code 0 is no failure.
struct Fault {
  unsigned code = 0;
  std::string text;
};

/// What the caller has to do about an error code, the server's (1000 and above) or the client
/// library's (2000 and above). `inserting` is a row that another session may have added first.
[[nodiscard]] Action action_for(const Fault& fault, Step step);

/// The operator's line for a failed call on `database`. MariaDB's own text is left out where it
/// quotes values, because those are content.
[[nodiscard]] Error make_error(const Fault& fault, Step step, std::string_view database);

}  // namespace mgc::db::mariadb
