#include <benchmark/benchmark.h>

#include "bench/micro/sample.hpp"
#include "core/clock.hpp"
#include "db/pack_record.hpp"
#include "db/postgresql/copy_rows.hpp"
#include "spool/outbox.hpp"
#include "tests/support/temp_dir.hpp"

// What storing costs before and beside the database.

namespace mgc::bench {
namespace {

/// One append with one fsync, of as many events as are given.
void spool_append(benchmark::State& state) {
  const SystemClock clock;
  const test::TempDir directory;
  spool::OutboxOptions options;
  options.file = directory / "bench.outbox";
  options.node = "node-1";
  options.quota_bytes = std::uint64_t{64} << 30U;
  auto outbox = spool::Outbox::open(std::move(options), clock);
  if (!outbox) return state.SkipWithError("the outbox does not open");
  const auto events = sample_wire(static_cast<std::size_t>(state.range(0)));
  std::size_t size = 0;
  for (const Bytes& event : events) size += event.size();
  for (auto _ : state) {
    if (!(*outbox)->append({events})) return state.SkipWithError("the append failed");
  }
  count_events(state, events.size(), size);
}
BENCHMARK(spool_append)->Arg(1)->Arg(kPackEvents)->Arg(2'000)->UseRealTime();

db::PackRecord sample_record() {
  Bytes body = *schema::encode_pack(sample_header(), sample_wire(kPackEvents));
  db::PackReader reader;
  return db::read_pack_record(body, reader).value();
}

/// Everything that the service does to a pack on its decode thread.
void read_pack(benchmark::State& state) {
  const Bytes body = *schema::encode_pack(sample_header(), sample_wire(kPackEvents));
  db::PackReader reader;
  for (auto _ : state) {
    Bytes copy = body;
    auto record = db::read_pack_record(copy, reader);
    if (!record) return state.SkipWithError("read_pack_record refused the pack");
    benchmark::DoNotOptimize(record);
  }
  count_events(state, kPackEvents, body.size());
}
BENCHMARK(read_pack);

void copy_encode(benchmark::State& state) {
  const db::PackRecord record = sample_record();
  std::vector<db::EventRow> rows;
  for (const schema::EventView& event : record.events) {
    db::EventRow row = db::row_of(event);
    row.event_id = rows.size();
    row.names.room_id = 1;
    row.names.actor_id = 2;
    rows.push_back(row);
  }
  db::postgresql::CopyRows copy;
  std::size_t size = 0;
  for (auto _ : state) {
    copy.begin();
    for (const db::EventRow& row : rows) copy.add(row);
    copy.end();
    size = copy.bytes().size();
    benchmark::DoNotOptimize(size);
  }
  count_events(state, rows.size(), size);
}
BENCHMARK(copy_encode);

}  // namespace
}  // namespace mgc::bench
