#include "db/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "db/name_rows.hpp"

namespace mgc::db {
namespace {

Result<std::vector<std::int64_t>> add_names(Session& session,
                                            std::span<const schema::RoomView> rooms) {
  return session.add_rooms(rooms);
}
Result<std::vector<std::int64_t>> add_names(Session& session,
                                            std::span<const schema::PersonView> people) {
  return session.add_people(people);
}

}  // namespace

void Dictionary::remember(const Name& name, std::int64_t id) {
  // Beginning anew is cheaper than keeping an order of use, and happens seldom.
  if (known_.bytes() > bytes_max_) {
    known_.clear();
    has_all_ = false;
  }
  known_.add(name, id);
}

Result<void> Dictionary::load() {
  has_all_ = true;
  if (const auto begun = session_.begin_snapshot(); !begun) return begun.error();
  const Transaction transaction(session_);
  if (auto loaded = load_all<schema::RoomView>(); !loaded) return loaded;
  if (auto loaded = load_all<schema::PersonView>(); !loaded) return loaded;
  known_.keep();
  return {};
}

template <typename View>
Result<void> Dictionary::load_all() {
  using Table = NameTable<View>;
  const std::string newest_first = fmt::format("SELECT {0}, {1} FROM {2} ORDER BY {0} DESC",
                                               Table::kId, Table::kColumns, Table::kTable);
  return session_.stream(newest_first, {}, [&](const Row& row) {
    if (known_.bytes() > bytes_max_ / 2) has_all_ = false;  // there have to be new ones as well
    const typename Table::Stored stored(row);
    if (has_all_) known_.add(name_of(stored.view()), row.integer(0));
    return has_all_;
  });
}

Result<std::int64_t> Dictionary::node(std::string_view name) {
  const Name key = name_of(name);
  if (const std::int64_t known = known_.find(key); known != 0) return known;
  auto id = session_.query_number("SELECT node_id FROM node WHERE name = ?1", {name});
  if (!id) return id.error();
  if (!*id) {
    const auto added = session_.insert_id("INSERT INTO node (name) VALUES (?1)", "node_id", {name});
    if (!added) return added.error();
    *id = *added;
  }
  remember(key, **id);
  return **id;
}

template <typename View>
Result<std::vector<std::int64_t>> Dictionary::learn_all(std::span<const View> views) {
  Wanted<View> wanted;
  std::vector<std::size_t> places;
  places.reserve(views.size());
  for (const View& view : views) {
    const Name name = name_of(view);
    std::int64_t place = wanted.places.find(name);
    if (place == 0) {
      wanted.views.push_back(view);
      wanted.ids.push_back(known_.find(name));
      place = static_cast<std::int64_t>(wanted.views.size());
      wanted.places.add(name, place);
    }
    places.push_back(static_cast<std::size_t>(place) - 1);
  }
  if (!has_all_) {
    if (const auto found = find_all(wanted); !found) return found.error();
  }
  if (const auto added = add_all(wanted); !added) return added.error();
  if (const auto found = find_all(wanted); !found) return found.error();
  std::vector<std::int64_t> ids;
  ids.reserve(places.size());
  for (const std::size_t place : places) {
    if (wanted.ids[place] == 0) {
      return Error{Action::stop,
                   fmt::format("{}: {} {} was added and is not found", printable(session_.name()),
                               NameTable<View>::kTable, printable(wanted.views[place].uri))};
    }
    ids.push_back(wanted.ids[place]);
  }
  for (std::size_t i = 0; i < wanted.ids.size(); ++i) {
    remember(name_of(wanted.views[i]), wanted.ids[i]);
  }
  return ids;
}

Result<std::vector<std::int64_t>> Dictionary::learn(std::span<const schema::PersonView> people) {
  return learn_all(people);
}
Result<std::vector<std::int64_t>> Dictionary::learn(std::span<const schema::RoomView> rooms) {
  return learn_all(rooms);
}

template <typename View>
Result<void> Dictionary::find_all(Wanted<View>& wanted) {
  using Table = NameTable<View>;
  std::vector<Value> all;
  for (std::size_t i = 0; i < wanted.ids.size(); ++i) {
    if (wanted.ids[i] == 0) all.emplace_back(wanted.views[i].uri);
  }
  // Every statement has the same text, so that it is prepared once: the last uri fills it up.
  constexpr std::size_t kAtOnce = 64;
  std::string sql = fmt::format("SELECT {}, {} FROM {} WHERE uri IN (", Table::kId, Table::kColumns,
                                Table::kTable);
  for (std::size_t i = 1; i <= kAtOnce; ++i) sql += fmt::format("{}?{}", i == 1 ? "" : ", ", i);
  sql += ")";
  for (std::size_t next = 0; next < all.size(); next += kAtOnce) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(next);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kAtOnce, all.size() - next));
    std::vector<Value> uris(begin, begin + count);
    uris.resize(kAtOnce, uris.back());
    const auto read = session_.query(sql, uris, [&](const Row& row) {
      const typename Table::Stored stored(row);
      const std::int64_t place = wanted.places.find(name_of(stored.view()));
      if (place != 0) wanted.ids[static_cast<std::size_t>(place) - 1] = row.integer(0);
      return true;
    });
    if (!read) return read.error();
  }
  return {};
}

template <typename View>
Result<void> Dictionary::add_all(Wanted<View>& wanted) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < wanted.ids.size(); ++i) {
    if (wanted.ids[i] == 0) places.push_back(i);
  }
  // All lanes in one order, so that none of two that add the same names waits for the other.
  std::ranges::sort(places, {}, [&](std::size_t i) { return name_of(wanted.views[i]).parts; });
  std::vector<View> views;
  for (const std::size_t place : places) views.push_back(wanted.views[place]);
  if (views.empty()) return {};
  const auto ids = add_names(session_, std::span<const View>(views));
  if (!ids) return ids.error();
  MGC_ASSERT(ids->empty() || ids->size() == places.size());
  for (std::size_t i = 0; i < ids->size(); ++i) wanted.ids[places[i]] = (*ids)[i];
  return {};
}

}  // namespace mgc::db
