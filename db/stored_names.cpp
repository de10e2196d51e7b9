#include "db/stored_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "db/session.hpp"

namespace mgc::db {
namespace {

/// Ids of one statement.
constexpr std::size_t kIdsAtOnce = 100;

ByteView copy_into(std::pmr::monotonic_buffer_resource& texts, ByteView bytes) {
  if (bytes.empty()) return {};
  auto* place = static_cast<char*>(texts.allocate(bytes.size(), 1));
  std::memcpy(place, bytes.data(), bytes.size());
  return {place, bytes.size()};
}

std::string with_ids(std::string_view select, std::string_view id) {
  std::string sql = fmt::format("{} WHERE {} IN (?1", select, id);
  for (std::size_t i = 2; i <= kIdsAtOnce; ++i) sql += fmt::format(", ?{}", i);
  return sql += ')';
}

}  // namespace

StoredNames::StoredNames(Session& session, std::string_view select, std::string_view id, char kind)
    : session_(session), sql_(with_ids(select, id)), kind_(kind) {}

Result<void> StoredNames::learn(std::span<const std::int64_t> ids) {
  if (young_->names.size() > kGenerationNames) {
    old_ = std::exchange(young_, std::make_shared<Generation>());
  }
  missing_.clear();
  for (const std::int64_t id : ids) {
    if (id == 0 || young_->names.contains(id)) continue;
    if (const auto known = old_->names.find(id); known != old_->names.end()) {
      Name name = known->second;
      for (std::string_view& part : name.parts) part = copy_into(young_->texts, part);
      young_->names.emplace(id, name);
    } else {
      missing_.push_back(id);
    }
  }
  std::ranges::sort(missing_);
  missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
  std::span<const std::int64_t> rest = missing_;
  while (!rest.empty()) {
    const auto some = rest.first(std::min(rest.size(), kIdsAtOnce));
    if (auto asked = ask(some); !asked) return asked;
    rest = rest.subspan(some.size());
  }
  return {};
}

Result<void> StoredNames::ask(std::span<const std::int64_t> ids) {
  // One text for any number of them, so that it is prepared once.
  std::vector<Value> values(ids.begin(), ids.end());
  values.resize(kIdsAtOnce, Value(ids.back()));
  const auto read = session_.query(sql_, std::span<const Value>(values), [this](const Row& row) {
    keep(row);
    return true;
  });
  if (!read) return read;
  for (const std::int64_t id : ids) young_->names.try_emplace(id);
  return {};
}

void StoredNames::keep(const Row& row) {
  Name name{kind_, {}};
  const std::size_t texts = kind_ == 'p' ? 3 : kind_ == 'r' ? 2 : 1;
  for (std::size_t i = 0; i < texts; ++i) {
    name.parts[i] = copy_into(young_->texts, row.bytes(static_cast<int>(i) + 1));
  }
  // 0 or 1, unless somebody went around the checks of the schema; then it is nobody's name.
  if (kind_ == 'p' && row.integer(4) != 0) name.kind = row.integer(4) == 1 ? 'x' : '?';
  young_->names.try_emplace(row.integer(0), name);
}

const Name* StoredNames::find(std::int64_t id) const {
  if (id == 0) return nullptr;
  const auto found = young_->names.find(id);
  return found == young_->names.end() || found->second.kind == 0 ? nullptr : &found->second;
}

}  // namespace mgc::db
