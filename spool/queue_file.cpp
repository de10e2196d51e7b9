#include "spool/queue_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/failpoint.hpp"
#include "spool/quota.hpp"

namespace mgc::spool {
namespace {

// AUTOINCREMENT, because a position must never be used again, not even that of the last message
// after it was removed. The totals of an address are kept with it, so that opening a store of
// millions of messages does not have to read them.
constexpr const char* kTables = R"(
CREATE TABLE address(
  id INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message(
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  address_id INTEGER NOT NULL REFERENCES address(id),
  enqueued_at INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  encoded BLOB NOT NULL);
CREATE INDEX message_by_address ON message(address_id, position);
)";

constexpr std::string_view kInsert =
    "INSERT INTO message(address_id, enqueued_at, deliveries, encoded) VALUES(?1, ?2, 0, ?3)";
constexpr std::string_view kDeliver =
    "UPDATE message SET deliveries = deliveries + 1 WHERE position = ?1";
constexpr std::string_view kCopy =
    "INSERT INTO message(address_id, enqueued_at, deliveries, encoded)"
    " SELECT ?1, ?2, 0, encoded FROM message WHERE position = ?3 RETURNING length(encoded)";
constexpr std::string_view kRemove =
    "DELETE FROM message WHERE position = ?1 RETURNING address_id, length(encoded)";
constexpr std::string_view kAddAddress = "INSERT INTO address(name) VALUES(?1) RETURNING id";
constexpr std::string_view kCount =
    "UPDATE address SET messages = max(messages + ?2, 0), bytes = max(bytes + ?3, 0)"
    " WHERE id = ?1";
constexpr std::string_view kTotals =
    "SELECT name, messages, bytes, EXISTS(SELECT 1 FROM message WHERE address_id = address.id)"
    " FROM address";
constexpr std::string_view kMessages =
    "SELECT position, deliveries, encoded FROM message"
    " WHERE address_id = (SELECT id FROM address WHERE name = ?1) AND position > ?2"
    " ORDER BY position LIMIT ?3";
constexpr std::string_view kOldest =
    "SELECT enqueued_at FROM message"
    " WHERE address_id = (SELECT id FROM address WHERE name = ?1) ORDER BY position LIMIT 1";

Result<void> create(Database& database) {
  Transaction transaction(database);
  if (auto begun = transaction.begin(); !begun) return begun;
  if (auto made = database.create_tables(kTables, kQueueFile); !made) return made;
  return transaction.commit();
}

/// What a count can come to without ever being damaged.
bool is_count(std::int64_t value) { return value >= 0 && value <= std::int64_t{1} << 62U; }

// The messages of an address that its index does not find would never be handed out. There are few
// addresses, so all of them can be checked at each opening.
Result<void> check_addresses(Database& database) {
  auto sound = database.query_value("PRAGMA integrity_check(address)");
  if (!sound) return sound.error();
  if (*sound != "ok") return database.damaged("its table of addresses is not sound");
  return {};
}

void add(AddressDelta& to, std::int64_t messages, std::int64_t bytes) {
  to.messages += messages;
  to.bytes += bytes;
}

}  // namespace

const FileKind kQueueFile{"a queue store", 0x6D676371, 1};  // "mgcq"

Result<QueueFile> QueueFile::open(const std::filesystem::path& file, const Clock& clock,
                                  std::uint64_t disk_reserve_bytes) {
  auto database = Database::open(file, kQueueFile);
  if (!database) return database.error();
  if (database->is_empty()) {
    if (auto created = create(*database); !created) return created.error();
  }
  if (auto sound = check_addresses(*database); !sound) return sound.error();
  auto insert = database->prepare(kInsert);
  if (!insert) return insert.error();
  auto deliver = database->prepare(kDeliver);
  if (!deliver) return deliver.error();
  auto copy = database->prepare(kCopy);
  if (!copy) return copy.error();
  auto remove = database->prepare(kRemove);
  if (!remove) return remove.error();
  auto add_address = database->prepare(kAddAddress);
  if (!add_address) return add_address.error();
  auto count = database->prepare(kCount);
  if (!count) return count.error();
  QueueFile opened(std::move(*database),
                   Statements{std::move(*insert), std::move(*deliver), std::move(*copy),
                              std::move(*remove), std::move(*add_address), std::move(*count)},
                   clock, DiskReserve{file, disk_reserve_bytes});
  if (auto loaded = opened.load_addresses(); !loaded) return loaded.error();
  return opened;
}

Result<void> QueueFile::load_addresses() {
  auto statement = database_.prepare("SELECT id, name FROM address");
  if (!statement) return statement.error();
  addresses_ = {};
  auto rows = statement->query();
  auto more = rows.next();
  for (; more && *more; more = rows.next()) {
    addresses_.ids.emplace(Bytes(rows.bytes(1)), rows.integer(0));
    addresses_.names.emplace(rows.integer(0), Bytes(rows.bytes(1)));
  }
  if (!more) return more.error();
  return {};
}

Result<std::map<std::string, AddressDelta>> QueueFile::totals() {
  auto statement = database_.prepare(kTotals);
  if (!statement) return statement.error();
  std::map<std::string, AddressDelta> totals;
  auto rows = statement->query();
  auto more = rows.next();
  for (; more && *more; more = rows.next()) {
    const AddressDelta total{rows.integer(1), rows.integer(2)};
    // Messages that are not counted would never be handed out.
    const bool fits = (total.messages > 0) == (rows.integer(3) != 0);
    if (!fits || !is_count(total.messages) || !is_count(total.bytes))
      return database_.damaged("an address counts its messages wrongly");
    totals[Bytes(rows.bytes(0))] = total;
  }
  if (!more) return more.error();
  return totals;
}

Result<AppliedChange> QueueFile::apply(const QueueChange& change) {
  if (failure_) return *failure_;
  if (auto refused = refusal(change)) return *refused;
  AppliedChange applied;
  auto written = write(change, applied);
  if (written) return applied;
  if (written.error().action == Action::stop) {
    failure_ = written.error();
  } else if (auto loaded = load_addresses(); !loaded) {
    // Addresses of the transaction that was rolled back must not be used by the next one.
    failure_ = loaded.error();
  }
  return written.error();
}

// Only appends: what takes messages out, or says that they came back, has to work on a disk that is
// as good as full.
std::optional<Error> QueueFile::refusal(const QueueChange& change) const {
  if (change.appends.empty()) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const auto& append : change.appends) bytes += append.encoded.size();
  return disk_refusal(reserve_.file, reserve_.bytes, bytes);
}

Result<void> QueueFile::write(const QueueChange& change, AppliedChange& applied) {
  Transaction transaction(database_);
  Deltas deltas;
  if (auto begun = transaction.begin(); !begun) return begun;
  if (auto done = append(change, deltas, applied.positions); !done) return done;
  for (const std::int64_t position : change.returned) {
    if (auto done = statements_.deliver.run(position); !done) return done;
  }
  for (const auto& one : change.moves) {
    if (auto done = move(one, deltas); !done) return done;
  }
  for (const std::int64_t position : change.removals) {
    if (auto done = remove(position, deltas); !done) return done;
  }
  if (auto done = count(deltas); !done) return done;
  if (reach_failpoint("queue.before_commit") == Failure::error) {
    return Error{Action::retry, "failure point queue.before_commit"};
  }
  if (auto committed = transaction.commit(); !committed) return committed;
  if (reach_failpoint("queue.after_commit") == Failure::error) {
    return Error{Action::stop, "failure point queue.after_commit"};
  }
  for (const auto& [id, delta] : deltas) applied.addresses[addresses_.names.at(id)] = delta;
  return {};
}

Result<void> QueueFile::append(const QueueChange& change, Deltas& deltas,
                               std::vector<std::int64_t>& out) {
  const std::int64_t now = to_micros(clock_->utc_now());
  out.reserve(change.appends.size());
  for (const auto& [name, encoded] : change.appends) {
    const auto id = address_id(name);
    if (!id) return id.error();
    if (auto done = statements_.insert.run(*id, now, encoded); !done) return done;
    out.push_back(database_.last_row());
    add(deltas[*id], 1, static_cast<std::int64_t>(encoded.size()));
  }
  return {};
}

Result<void> QueueFile::move(const QueueChange::Move& move, Deltas& deltas) {
  const auto id = address_id(move.address);
  if (!id) return id.error();
  {
    auto rows = statements_.copy.query(*id, to_micros(clock_->utc_now()), move.position);
    const auto copied = rows.next();
    if (!copied) return copied.error();
    if (!*copied) return {};
    add(deltas[*id], 1, rows.integer(0));
  }
  return remove(move.position, deltas);
}

Result<void> QueueFile::remove(std::int64_t position, Deltas& deltas) {
  auto rows = statements_.remove.query(position);
  const auto removed = rows.next();
  if (!removed) return removed.error();
  if (*removed) add(deltas[rows.integer(0)], -1, -rows.integer(1));
  return {};
}

Result<void> QueueFile::count(const Deltas& deltas) {
  for (const auto& [id, delta] : deltas) {
    if (!addresses_.names.contains(id)) return database_.damaged("a message is of no address");
    if (auto done = statements_.count.run(id, delta.messages, delta.bytes); !done) return done;
  }
  return {};
}

Result<std::int64_t> QueueFile::address_id(const std::string& name) {
  const auto known = addresses_.ids.find(name);
  if (known != addresses_.ids.end()) return known->second;
  auto rows = statements_.add_address.query(name);
  const auto added = rows.next();
  if (!added) return added.error();
  const std::int64_t id = rows.integer(0);
  addresses_.ids.emplace(name, id);
  addresses_.names.emplace(id, name);
  return id;
}

Result<QueueReader> QueueReader::open(const std::filesystem::path& file) {
  auto database = Database::open_to_read(file, kQueueFile);
  if (!database) return database.error();
  auto messages = database->prepare(kMessages);
  if (!messages) return messages.error();
  auto oldest = database->prepare(kOldest);
  if (!oldest) return oldest.error();
  return QueueReader(std::move(*database), std::move(*messages), std::move(*oldest));
}

Result<std::vector<QueuedMessage>> QueueReader::read(const std::string& address, std::int64_t after,
                                                     std::size_t messages_max,
                                                     std::size_t bytes_max) {
  std::vector<QueuedMessage> messages;
  std::size_t bytes = 0;
  auto rows = messages_.query(address, after, static_cast<std::uint64_t>(messages_max));
  auto more = rows.next();
  std::int64_t before = after;
  for (; more && *more; more = rows.next()) {
    const ByteView encoded = rows.bytes(2);
    const std::int64_t position = rows.integer(0);
    // SQLite believes a damaged index; whoever reads on from here would go round in circles.
    if (position <= before) return database_.damaged("its messages are not in order");
    bytes += encoded.size();
    if (!messages.empty() && bytes > bytes_max) break;
    messages.push_back(
        {position, address, Bytes(encoded), static_cast<std::uint32_t>(rows.integer(1))});
    before = position;
  }
  if (!more) return more.error();
  return messages;
}

Result<std::optional<UtcTime>> QueueReader::oldest_at(const std::string& address) {
  auto rows = oldest_.query(address);
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found) return std::optional<UtcTime>{};
  const std::int64_t enqueued_at = rows.integer(0);
  if (enqueued_at < kUtcMicrosMin || enqueued_at > kUtcMicrosMax)
    return database_.damaged("a message came at an impossible time");
  return std::optional<UtcTime>{utc_from_micros(enqueued_at)};
}

}  // namespace mgc::spool
