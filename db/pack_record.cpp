#include "db/pack_record.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace mgc::db {

Result<PackRecord> read_pack_record(Bytes& body, PackReader& reader) {
  auto pack = reader.decoder.decode(body);
  if (!pack) return pack.error();
  std::vector<schema::EventView> events;
  std::vector<schema::Digest> leaves;
  events.reserve(pack->size());
  leaves.reserve(pack->size());
  for (std::size_t index = 0; index < pack->size(); ++index) {
    auto event = schema::view_event(pack->event(index));
    if (!event) {
      return Error{Action::reject,
                   fmt::format("event {} of {}: {}", pack->header().first_sequence + index,
                               pack->header().message_id(), event.error().message)};
    }
    events.push_back(*event);
    leaves.push_back(reader.hasher.leaf(pack->event(index)));
  }
  const schema::Digest sha256 = reader.hasher.sha256(body);
  const schema::Digest root = reader.hasher.root(std::move(leaves));
  return PackRecord{std::move(body), sha256, root, std::move(*pack), std::move(events)};
}

}  // namespace mgc::db
