#include <benchmark/benchmark.h>

#include "bench/micro/sample.hpp"

// What the wire costs a node and the service. `items_per_second` counts events.

namespace mgc::bench {
namespace {

std::size_t total_size(const std::vector<Bytes>& parts) {
  std::size_t size = 0;
  for (const Bytes& part : parts) size += part.size();
  return size;
}

void encode_event(benchmark::State& state) {
  const schema::Event event = sample_event(1);
  std::size_t size = 0;
  for (auto _ : state) {
    auto wire = schema::encode_event(event);
    if (!wire) return state.SkipWithError("encode_event refused the event");
    size = wire->size();
    benchmark::DoNotOptimize(wire);
  }
  count_events(state, 1, size);
}
BENCHMARK(encode_event);

void view_event(benchmark::State& state) {
  const Bytes wire = *schema::encode_event(sample_event(1));
  for (auto _ : state) {
    auto view = schema::view_event(wire);
    if (!view) return state.SkipWithError("view_event refused the event");
    benchmark::DoNotOptimize(view);
  }
  count_events(state, 1, wire.size());
}
BENCHMARK(view_event);

void encode_pack(benchmark::State& state) {
  const auto events = sample_wire(static_cast<std::size_t>(state.range(0)));
  std::size_t size = 0;
  for (auto _ : state) {
    auto body = schema::encode_pack(sample_header(), events);
    if (!body) return state.SkipWithError("encode_pack refused the events");
    size = body->size();
    benchmark::DoNotOptimize(body);
  }
  count_events(state, events.size(), total_size(events));
  state.counters["packed_bytes_an_event"] =
      static_cast<double>(size) / static_cast<double>(events.size());
}
BENCHMARK(encode_pack)->Arg(1)->Arg(kPackEvents)->Arg(5'000);

void decode_pack(benchmark::State& state) {
  const auto events = sample_wire(static_cast<std::size_t>(state.range(0)));
  const Bytes body = *schema::encode_pack(sample_header(), events);
  for (auto _ : state) {
    auto pack = schema::decode_pack(body);
    if (!pack) return state.SkipWithError("decode_pack refused the pack");
    benchmark::DoNotOptimize(pack);
  }
  count_events(state, events.size(), total_size(events));
}
BENCHMARK(decode_pack)->Arg(1)->Arg(kPackEvents)->Arg(5'000);

}  // namespace
}  // namespace mgc::bench
