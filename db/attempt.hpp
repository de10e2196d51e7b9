#pragma once

#include <cstdint>
#include <string>

#include "schema/ledger.hpp"

namespace mgc::db {

/// How often the service has begun to store a message and was ended by it, or with it.
struct Attempt {
  schema::Digest sha256{};     ///< of the message's body: what comes again has the same
  std::string message_id;      ///< printable and at most 1 KiB, for people
  std::uint32_t attempts = 0;  ///< 0: it came to an end
};

}  // namespace mgc::db
