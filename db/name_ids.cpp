#include "db/name_ids.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/assert.hpp"

namespace mgc::db {
namespace {

/// What stands before the texts of a name in records_.
struct Head {
  std::int64_t id = 0;
  std::array<std::uint32_t, 3> sizes{};
  std::uint32_t kind = 0;
};

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

Head head_at(const char* record) {
  Head head;
  std::memcpy(&head, record, sizeof(head));
  return head;
}

Name name_at(const char* record, const Head& head) {
  Name name{static_cast<char>(head.kind), {}};
  const char* text = record + sizeof(Head);
  for (std::size_t i = 0; i < name.parts.size(); ++i) {
    name.parts[i] = {text, head.sizes[i]};
    text += head.sizes[i];
  }
  return name;
}

std::size_t size_of(const Head& head) {
  return sizeof(Head) + head.sizes[0] + head.sizes[1] + head.sizes[2];
}

}  // namespace

std::uint64_t hash_of(const Name& name) {
  auto hash = static_cast<std::uint64_t>(static_cast<unsigned char>(name.kind));
  for (const std::string_view part : name.parts) {
    // Mixed, so that the same texts in other parts give another hash.
    hash = (hash ^ std::hash<std::string_view>{}(part)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  }
  return hash;
}

void NameIds::find_all(std::span<const Name> names, std::span<std::int64_t> ids) const {
  MGC_ASSERT(names.size() == ids.size());
  constexpr std::size_t kAtOnce = 64;  // what a processor fetches at a time, and some more
  std::array<std::uint64_t, kAtOnce> hashes;
  for (std::size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, names.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash_of(names[begin + i]);
      __builtin_prefetch(&slots_[first_slot(hashes[i])]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Slot& slot = slots_[first_slot(hashes[i])];
      if (slot.place != 0) __builtin_prefetch(records_.data() + slot.place - 1);
    }
    for (std::size_t i = 0; i < count; ++i) ids[begin + i] = find(names[begin + i], hashes[i]);
  }
}

std::int64_t NameIds::find(const Name& name) const { return find(name, hash_of(name)); }

std::int64_t NameIds::find(const Name& name, std::uint64_t hash) const {
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t at = first_slot(hash);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.place == 0) return 0;
    if (slot.tag != tag) continue;
    const char* record = records_.data() + slot.place - 1;
    const Head head = head_at(record);
    const Name found = name_at(record, head);
    if (found.kind == name.kind && found.parts == name.parts) return head.id;
  }
}

void NameIds::add(const Name& name, std::int64_t id) {
  MGC_ASSERT(id != 0);
  const std::uint64_t hash = hash_of(name);
  if (find(name, hash) != 0) return;
  if ((count_ + 1) * 2 > slots_.size()) fill_slots(slots_.size() * 2);
  Head head{id, {}, static_cast<unsigned char>(name.kind)};
  for (std::size_t i = 0; i < name.parts.size(); ++i) {
    head.sizes[i] = static_cast<std::uint32_t>(name.parts[i].size());
  }
  put(hash, records_.size());
  ++count_;
  records_.append(reinterpret_cast<const char*>(&head), sizeof(head));
  for (const std::string_view part : name.parts) records_.append(part);
}

void NameIds::put(std::uint64_t hash, std::size_t place) {
  std::size_t at = first_slot(hash);
  while (slots_[at].place != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {tag_of(hash), static_cast<std::uint32_t>(place + 1)};
}

void NameIds::fill_slots(std::size_t slots) {
  slots_.assign(slots, Slot{});
  for (std::size_t place = 0; place < records_.size();) {
    const char* record = records_.data() + place;
    const Head head = head_at(record);
    put(hash_of(name_at(record, head)), place);
    place += size_of(head);
  }
}

void NameIds::keep() {
  kept_bytes_ = records_.size();
  kept_count_ = count_;
}

void NameIds::forget() {
  if (count_ == kept_count_) return;
  records_.resize(kept_bytes_);
  count_ = kept_count_;
  fill_slots(slots_.size());
}

void NameIds::clear() {
  records_.clear();
  count_ = 0;
  keep();
  slots_.assign(kFirstSlots, Slot{});
}

}  // namespace mgc::db
