#include "spool/pack_former.hpp"

#include <utility>

#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::spool {
namespace {

class PackFormer {
 public:
  PackFormer(const PackLimits& limits, PackChain& chain) : limits_(limits), chain_(chain) {}

  Result<void> add(std::span<const Bytes> events) {
    std::size_t begin = 0;  // of the events that are in the open pack and not in carried_
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (count_ > 0 && bytes_ + events[i].size() > limits_.bytes_max) {
        if (auto closed = close(events.subspan(begin, i - begin)); !closed) return closed;
        begin = i;
      }
      ++count_;
      bytes_ += events[i].size();
      if (count_ == limits_.events_max || bytes_ >= limits_.bytes_max) {
        if (auto closed = close(events.subspan(begin, i + 1 - begin)); !closed) return closed;
        begin = i + 1;
      }
    }
    // Only a pack that spans two appends costs a copy of its events.
    const auto rest = events.subspan(begin);
    carried_.insert(carried_.end(), rest.begin(), rest.end());
    return {};
  }

  Result<std::vector<FormedPack>> finish() {
    if (count_ > 0) {
      if (auto closed = close({}); !closed) return closed.error();
    }
    return std::move(packs_);
  }

 private:
  Result<void> close(std::span<const Bytes> rest) {
    if (carried_.empty()) return encode(rest);
    carried_.insert(carried_.end(), rest.begin(), rest.end());
    auto encoded = encode(carried_);
    carried_.clear();
    return encoded;
  }

  Result<void> encode(std::span<const Bytes> events) {
    const std::uint64_t first = chain_.last_sequence + 1;
    auto body = encoder_.encode({chain_.node, chain_.epoch, first,
                                 static_cast<std::uint32_t>(events.size()), chain_.last_sha256},
                                events);
    if (!body) return body.error();
    chain_.last_sha256 = schema::bytes_of(hasher_.sha256(*body));
    chain_.last_sequence += events.size();
    packs_.push_back({first, chain_.last_sequence, std::move(*body)});
    count_ = 0;
    bytes_ = 0;
    return {};
  }

  const PackLimits& limits_;
  PackChain& chain_;
  schema::PackEncoder encoder_;
  schema::Hasher hasher_;
  std::vector<Bytes> carried_;  ///< events of earlier appends that are in the open pack
  std::size_t count_ = 0;       ///< of all events in the open pack
  std::size_t bytes_ = 0;
  std::vector<FormedPack> packs_;
};

}  // namespace

Result<std::vector<FormedPack>> form_packs(std::span<const std::span<const Bytes>> appends,
                                           const PackLimits& limits, PackChain& chain) {
  PackFormer former(limits, chain);
  for (const auto events : appends) {
    if (auto added = former.add(events); !added) return added.error();
  }
  return former.finish();
}

}  // namespace mgc::spool
