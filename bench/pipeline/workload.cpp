#include "bench/pipeline/workload.hpp"

#include "db/name_ids.hpp"
#include "db/pack_record.hpp"
#include "schema/ledger.hpp"
#include "spool/outbox.hpp"

namespace mgc::bench {
namespace {

constexpr std::size_t kReadPacks = 1'000;
constexpr std::size_t kReadBytes = std::size_t{16} << 20U;

/// Counts ids up over all packs of a run.
struct Projection {
  db::NameIds rooms;
  db::NameIds people;
  std::uint64_t next_event_id = 0;

  template <typename View>
  static std::int64_t id_of(db::NameIds& ids, const View& view, std::vector<View>& added) {
    const db::Name name = db::name_of(view);
    if (const std::int64_t id = ids.find(name); id != 0) return id;
    added.push_back(view);
    ids.add(name, static_cast<std::int64_t>(ids.size()) + 1);
    return static_cast<std::int64_t>(ids.size());
  }

  void add(const schema::EventView& event, RowBatch& batch) {
    db::EventRow& row = batch.events.emplace_back(db::row_of(event));
    row.event_id = next_event_id++;
    if (event.room) row.names.room_id = id_of(rooms, *event.room, batch.rooms);
    if (event.actor) row.names.actor_id = id_of(people, *event.actor, batch.people);
    if (event.target) row.names.target_id = id_of(people, *event.target, batch.people);
  }
};

}  // namespace

Result<std::vector<db::PackRecord>> read_outbox_packs(const std::filesystem::path& outbox) {
  const SystemClock clock;
  const auto status = spool::read_outbox_status(outbox);
  if (!status) return status.error();
  spool::OutboxOptions options;
  options.file = outbox;
  options.node = status->node;
  auto opened = spool::Outbox::open(std::move(options), clock);
  if (!opened) return opened.error();
  std::vector<db::PackRecord> packs;
  db::PackReader reader;
  spool::Position after;
  for (;;) {
    auto read = (*opened)->read(after, kReadPacks, kReadBytes);
    if (!read) return read.error();
    if (read->empty()) return packs;
    for (spool::StoredPack& stored : *read) {
      after = {stored.first.epoch, stored.last_sequence};
      auto record = db::read_pack_record(stored.body, reader);
      if (!record) return record.error();
      packs.push_back(std::move(*record));
    }
  }
}

std::vector<RowBatch> make_rows(const std::vector<db::PackRecord>& packs, std::size_t events_max) {
  std::vector<RowBatch> batches(1);
  Projection projection;
  for (const db::PackRecord& pack : packs) {
    if (batches.back().events.size() + pack.events.size() > events_max &&
        !batches.back().events.empty()) {
      batches.emplace_back();
    }
    const schema::PackHeader& header = pack.pack.header();
    const std::uint64_t block = batches.size();
    batches.back().packs.push_back({.node_id = 1,
                                    .epoch = header.epoch,
                                    .first_sequence = header.first_sequence,
                                    .event_count = header.event_count,
                                    .lane_id = 1,
                                    .block = block,
                                    .first_event_id = projection.next_event_id,
                                    .body = pack.body,
                                    .sha256 = schema::bytes_of(pack.sha256),
                                    .root = schema::bytes_of(pack.root)});
    std::uint64_t sequence = header.first_sequence;
    for (const schema::EventView& event : pack.events) {
      projection.add(event, batches.back());
      db::EventRow& row = batches.back().events.back();
      row.node_id = 1;
      row.epoch = header.epoch;
      row.sequence = sequence++;
      row.block = block;
    }
  }
  return batches;
}

}  // namespace mgc::bench
