#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/event_view.hpp"

namespace mgc::audit {

/// What an event says was removed, because its time was over: a segment, of which the bytes of
/// every event went but those of what was done with the record.
struct Removal {
  std::string lane;
  std::uint64_t first_event_id = 1, last_event_id = 0;  ///< none, where it does not say both
  std::string root;  ///< over the roots of the segment's packs, in hexadecimal
};

/// nullopt when it is no REMOVAL. Of a document that anybody may have written, what cannot be read
/// is left as it is above.
/// Source: db/retention.cpp, which writes it.
[[nodiscard]] std::optional<Removal> read_removal(const schema::EventView& event);

}  // namespace mgc::audit
