#include <benchmark/benchmark.h>

#include "bench/micro/sample.hpp"
#include "schema/ledger.hpp"

// What the ledger costs: about half of all that the service does to an event.

namespace mgc::bench {
namespace {

void hash_leaf(benchmark::State& state) {
  const Bytes event = *schema::encode_event(sample_event(1));
  schema::Hasher hasher;
  for (auto _ : state) {
    auto digest = hasher.leaf(event);
    benchmark::DoNotOptimize(digest);
  }
  count_events(state, 1, event.size());
}
BENCHMARK(hash_leaf);

void hash_root(benchmark::State& state) {
  schema::Hasher hasher;
  std::vector<schema::Digest> leaves;
  for (const Bytes& event : sample_wire(static_cast<std::size_t>(state.range(0)))) {
    leaves.push_back(hasher.leaf(event));
  }
  for (auto _ : state) {
    auto digest = hasher.root(leaves);
    benchmark::DoNotOptimize(digest);
  }
  count_events(state, leaves.size(), leaves.size() * sizeof(schema::Digest));
}
BENCHMARK(hash_root)->Arg(1)->Arg(kPackEvents)->Arg(10'000);

/// All that the service does to a pack before the database: expand, slice, check, hash.
void decode_view_and_hash(benchmark::State& state) {
  const Bytes body = *schema::encode_pack(sample_header(), sample_wire(kPackEvents));
  schema::Hasher hasher;
  for (auto _ : state) {
    const auto pack = schema::decode_pack(body);
    if (!pack) return state.SkipWithError("decode_pack refused the pack");
    std::vector<schema::Digest> leaves;
    leaves.reserve(pack->size());
    for (std::size_t i = 0; i < pack->size(); ++i) {
      const auto view = schema::view_event(pack->event(i));
      if (!view) return state.SkipWithError("view_event refused an event");
      leaves.push_back(hasher.leaf(pack->event(i)));
    }
    auto root = hasher.root(std::move(leaves));
    auto digest = hasher.sha256(body);
    benchmark::DoNotOptimize(root);
    benchmark::DoNotOptimize(digest);
  }
  count_events(state, kPackEvents, body.size());
}
BENCHMARK(decode_view_and_hash);

}  // namespace
}  // namespace mgc::bench
