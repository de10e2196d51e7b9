#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/text_query.hpp"
#include "core/time.hpp"
#include "db/duty_book.hpp"
#include "db/ledger_rows.hpp"
#include "db/node_status.hpp"
#include "db/projected_rows.hpp"
#include "schema/event.hpp"
#include "schema/ledger.hpp"

namespace mgc::db {

/// One row of the view `compliance_event`. A name or an address that the event came without is
/// the one that mgc had, where it was asked (ComplianceStore::add_details).
struct ComplianceEvent {
  std::string lane;
  std::uint64_t event_id = 0;
  std::string kind;
  UtcTime occurred_at{};
  UtcTime received_at{};
  std::optional<std::string> room_uri, room_name, actor_uri, actor_name, actor_email;
  std::string content;
  std::int64_t chat_id = 0;
  std::optional<std::string> file_name;
  std::optional<Bytes> file_sha256;
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  std::uint64_t block = 0;
  std::uint64_t segment = 0;
  std::optional<bool> actor_external;  ///< of another organisation; not in the view
};

/// What an auditor looks for; every field that is set narrows the search.
struct EventQuery {
  std::optional<std::string> room;  ///< uri or name, exact
  /// Of the actor: a uri or an e-mail, exact, of which all names and addresses are meant that came
  /// with that uri; or a name, exact, of which all uris are meant that ever had it.
  std::optional<std::string> person;
  std::vector<schema::EventKind> kinds;  ///< none: all, without those of schema/duty.hpp
  bool with_duties = false;              ///< with them, where `kinds` is empty
  std::optional<UtcTime> since;          ///< occurred_at, inclusive
  std::optional<UtcTime> until;          ///< occurred_at, exclusive
  std::optional<std::string> text;       ///< part of content, any case (ASCII)
  std::vector<std::string> words;        ///< all of them are in content (core/words.hpp)
  TextQuery content;                     ///< what the words of content are
  std::optional<std::string> node;       ///< its id
  std::optional<std::string> file_name;  ///< part of it, any case (ASCII)
  std::optional<Bytes> file_sha256;
  std::optional<std::uint64_t> after_event_id;   ///< paging: only ids above this one
  std::optional<std::uint64_t> before_event_id;  ///< only ids below this one
  std::uint32_t limit = 100;                     ///< of search()
};

/// An event of a conversation that a search led to.
struct ContextEvent {
  ComplianceEvent event;
  bool is_hit = false;
};
/// Events of one room and lane that follow each other, with one hit at least; in order of event_id.
using ContextGroup = std::vector<ContextEvent>;

/// A room, with all that it was ever called.
struct RoomRow {
  std::string uri;
  std::vector<std::string> names;
};

struct RoomPerson {
  std::string uri, name, email;  ///< empty = none, but the uri
};

/// What happened in a room, as far as it says who was there.
struct RoomEvent {
  std::string lane;
  std::uint64_t event_id = 0;
  schema::EventKind kind = schema::EventKind::unspecified;
  UtcTime occurred_at{};
  std::optional<RoomPerson> actor, target;
  std::int64_t chat_id = 0;
  std::string content;
};

/// Where an event stands among all of a room, whatever its lane: by the clocks of the nodes.
/// Borrows the lane.
struct RoomPlace {
  UtcTime occurred_at{};
  std::string_view lane;
  std::uint64_t event_id = 0;
  auto operator<=>(const RoomPlace&) const = default;
};
[[nodiscard]] inline RoomPlace place_of(const RoomEvent& event) {
  return {event.occurred_at, event.lane, event.event_id};
}

struct RoomQuery {
  std::string uri;
  std::vector<schema::EventKind> kinds;  ///< one of them; with `person` also those of no room
  std::optional<UtcTime> since, until;   ///< occurred_at, both inclusive
};

struct StoreCounts {
  std::uint64_t events = 0;  ///< without duties
  std::uint64_t duties = 0;  ///< events that say what was done with the record (schema/duty.hpp)
  std::uint64_t packs = 0, blocks = 0;
  std::uint64_t gaps = 0;  ///< open ones
  std::uint64_t dead_letters = 0;
  std::uint64_t duplicates = 0;  ///< event identities (node, epoch, sequence) stored twice; 0
  std::map<std::string, std::uint64_t> by_kind;
};

struct GapRow {
  std::string node;  ///< empty where no node has its id
  std::uint64_t epoch = 0, first_sequence = 0, last_sequence = 0;
  UtcTime first_seen_at{};
  std::optional<UtcTime> closed_at;
  /// Why receipts go past it; nullopt while they stay.
  std::optional<std::string> acknowledged = std::nullopt;
};

struct BlockRow {
  std::uint64_t block = 0, first_event_id = 0, events = 0, packs = 0;
  Bytes previous_digest, root, digest;
  UtcTime received_at{};
};

struct PackRow {
  std::string node;
  std::uint64_t epoch = 0, first_sequence = 0, event_count = 0, block = 0, first_event_id = 0;
  Bytes body, sha256, root;
};

struct PositionRow {
  std::string node;  ///< empty where no node has its id
  std::uint64_t epoch = 0, contiguous_through = 0, max_seen = 0;
};

/// Reads mgccomp for auditors; never writes. All calls see one snapshot, from open() to the
/// destructor; open another reader to see what has come since.
///
/// Threads: one owner. Errors: reconnect  cannot be reached; stop  not initialised, newer version.
class ComplianceReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ComplianceReader>> open(const std::string& dsn);
  virtual ~ComplianceReader() = default;

  [[nodiscard]] virtual Result<StoreCounts> count() = 0;
  /// In order of event_id. Where several lanes are in one database a page may hold a few hits
  /// more than the limit: those that share its last id.
  [[nodiscard]] virtual Result<std::vector<ComplianceEvent>> search(const EventQuery& query) = 0;
  /// As search(), but all hits of one lane, whatever the limit; until `visit` returns false. Flat
  /// memory. `visit` may call each_hit() again.
  [[nodiscard]] virtual Result<void> each_hit(
      const std::string& lane, const EventQuery& query,
      const std::function<bool(const ComplianceEvent&)>& visit) = 0;
  /// Each of `hits`, as search() found them, with the `count` events before it and those after it
  /// in its room; groups that share an event are one. A hit without a room is alone. In order of
  /// their first hits.
  [[nodiscard]] virtual Result<std::vector<ContextGroup>> context(
      std::span<const ComplianceEvent> hits, std::uint32_t count) = 0;
  /// The room of this uri; where there is none, those that ever had this name, in order of uri.
  [[nodiscard]] virtual Result<std::vector<RoomRow>> rooms(const std::string& room) = 0;
  /// Shows what happened in a room, of all lanes, in order of RoomPlace, until `visit` returns
  /// false. By the room's index in sealed segments, in one scan of a hot one.
  [[nodiscard]] virtual Result<void> each_room_event(
      const RoomQuery& query, const std::function<bool(const RoomEvent&)>& visit) = 0;
  /// How far a PURGE went, as its pack says; nullopt: the event is none.
  [[nodiscard]] virtual Result<std::optional<UtcTime>> purged_through(const std::string& lane,
                                                                      std::uint64_t event_id) = 0;
  [[nodiscard]] virtual Result<std::vector<GapRow>> gaps(bool with_closed) = 0;
  [[nodiscard]] virtual Result<std::vector<PositionRow>> positions() = 0;
  [[nodiscard]] virtual Result<std::vector<NodeStatusRow>> nodes() = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> lanes() = 0;

  using VisitBlock = std::function<bool(const BlockRow&)>;
  using VisitPack = std::function<bool(const PackRow&)>;
  /// Stream in ledger order; `visit` returns false to stop early. Flat memory.
  [[nodiscard]] Result<void> each_block(const std::string& lane, const VisitBlock& visit) {
    return each_block_from(lane, kFirst, visit);
  }
  [[nodiscard]] Result<void> each_pack(const std::string& lane, const VisitPack& visit) {
    return each_pack_from(lane, kFirst, visit);
  }
  /// Begins with the least block that is not below `block`.
  [[nodiscard]] virtual Result<void> each_block_from(const std::string& lane, std::int64_t block,
                                                     const VisitBlock& visit) = 0;
  /// Begins with the least first event id that is not below `event_id`.
  [[nodiscard]] virtual Result<void> each_pack_from(const std::string& lane, std::int64_t event_id,
                                                    const VisitPack& visit) = 0;

  /// The newest block; nullopt when there is none.
  [[nodiscard]] virtual Result<std::optional<BlockRow>> last_block(const std::string& lane) = 0;
  /// One block; nullopt when there is none of that number.
  [[nodiscard]] virtual Result<std::optional<BlockRow>> block(const std::string& lane,
                                                              std::uint64_t number) = 0;
  /// What was done with the record; borrowed. On SQLite the access log may be newer than the
  /// snapshot.
  [[nodiscard]] virtual DutyBook& duties() = 0;
  /// What stands beside the packs, of the same snapshot.
  [[nodiscard]] virtual LedgerRows& ledger() = 0;
  /// The projection of a lane, of the same snapshot.
  [[nodiscard]] virtual Result<ProjectionReader> projection(const std::string& lane) = 0;

  /// Before every block and event id, also those that nobody gives.
  static constexpr std::int64_t kFirst = IdWindow{}.first;
};

}  // namespace mgc::db
