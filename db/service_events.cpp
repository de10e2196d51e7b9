#include "db/service_events.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "db/batch_writer.hpp"
#include "db/pack_record.hpp"
#include "schema/pack.hpp"

namespace mgc::db {
namespace {

// The service's node has one life, as the database has: its sequences go on for ever.
constexpr std::uint64_t kServiceEpoch = 1;

// The batches begin segments; this one goes where they do.
constexpr SegmentLimits kNoLimits{.events = std::numeric_limits<std::uint64_t>::max()};

/// Where the next pack of the service's node begins, and the pack before it.
Result<schema::PackHeader> next_header(Session& session, std::int64_t node_id, std::string node) {
  schema::PackHeader header;
  header.node = std::move(node);
  header.epoch = kServiceEpoch;
  const auto last =
      session.query_number("SELECT max_seen FROM node_position WHERE node_id = ?1 AND epoch = ?2",
                           {node_id, kServiceEpoch});
  if (!last) return last.error();
  header.first_sequence = static_cast<std::uint64_t>(last->value_or(0)) + 1;
  const auto previous = session.query(
      "SELECT sha256 FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence ="
      " (SELECT max(first_sequence) FROM pack WHERE node_id = ?1 AND epoch = ?2)",
      {node_id, kServiceEpoch}, [&](const Row& row) {
        header.previous_sha256 = row.text(0);
        return false;
      });
  if (!previous) return previous.error();
  return header;
}

Result<PackRecord> make_pack(const schema::PackHeader& header,
                             std::span<const schema::Event> events) {
  std::vector<Bytes> encoded;
  encoded.reserve(events.size());
  for (const schema::Event& event : events) {
    auto one = schema::encode_event(event);
    if (!one) return one.error();
    encoded.push_back(std::move(*one));
  }
  auto body = schema::encode_pack(header, encoded);
  if (!body) return body.error();
  PackReader reader;
  return read_pack_record(*body, reader);
}

}  // namespace

Result<std::uint64_t> store_service_events(Session& session, Dictionary& dictionary,
                                           std::int64_t lane_id,
                                           std::span<const schema::Event> events, UtcTime now) {
  std::string node = schema::service_node(lane_id);
  const auto node_id = dictionary.node(node);
  if (!node_id) return node_id.error();
  const auto header = next_header(session, *node_id, std::move(node));
  if (!header) return header.error();
  const auto pack = make_pack(*header, events);
  if (!pack) return pack.error();
  const PackRecord* const packs[] = {&*pack};
  const BatchRecord batch{now, packs, {}};
  const auto written =
      BatchWriter(session, dictionary, PackEnds{}, lane_id, kNoLimits, batch).write();
  if (!written) return written.error();
  MGC_ASSERT(written->packs_stored == 1);
  const auto first = session.query_number(
      "SELECT first_event_id FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3",
      {*node_id, kServiceEpoch, header->first_sequence});
  if (!first) return first.error();
  MGC_ASSERT(first->has_value());
  return static_cast<std::uint64_t>(**first);
}

}  // namespace mgc::db
