#include "spool/outbox_reader.hpp"

#include <algorithm>
#include <utility>

#include "schema/ledger.hpp"
#include "schema/limits.hpp"

namespace mgc::spool {
namespace {

constexpr std::string_view kPacks =
    "SELECT first_sequence, last_sequence, body, (SELECT recorded FROM outbox) FROM pack"
    " WHERE first_sequence > ?1 ORDER BY first_sequence LIMIT ?2";
constexpr std::string_view kHolder =
    "SELECT last_sequence, body FROM pack WHERE first_sequence <= ?1"
    " ORDER BY first_sequence DESC LIMIT 1";
constexpr std::string_view kProgress =
    "SELECT bytes, lines, line_number, events, rejects, sha256, state FROM progress"
    " WHERE path = ?1";
constexpr std::string_view kRejectedLines =
    "SELECT path, line, reason, raw FROM rejected_line ORDER BY id LIMIT ?1";
// The first pack that ends behind ?2; ?1 is a bound below which it cannot begin.
constexpr std::string_view kOldest =
    "SELECT appended_at FROM pack WHERE first_sequence > ?1 AND last_sequence > ?2"
    " ORDER BY first_sequence LIMIT 1";

/// Whether sequences `first` through `last` can be those of a pack behind `after`.
bool is_pack_range(std::uint64_t after, std::uint64_t first, std::uint64_t last,
                   std::uint64_t recorded) {
  return first > after && first <= last && last - first < schema::kPackEventsMax &&
         last <= recorded;
}

}  // namespace

Result<OutboxReader> OutboxReader::open(const std::filesystem::path& file) {
  auto database = Database::open_to_read(file, kOutboxFile);
  if (!database) return database.error();
  const auto state = load_state(*database);
  if (!state) return state.error();
  auto packs = database->prepare(kPacks);
  if (!packs) return packs.error();
  auto holder = database->prepare(kHolder);
  if (!holder) return holder.error();
  auto progress = database->prepare(kProgress);
  if (!progress) return progress.error();
  auto rejected_lines = database->prepare(kRejectedLines);
  if (!rejected_lines) return rejected_lines.error();
  auto oldest = database->prepare(kOldest);
  if (!oldest) return oldest.error();
  return OutboxReader(std::move(*database),
                      {std::move(*packs), std::move(*holder), std::move(*progress),
                       std::move(*rejected_lines), std::move(*oldest)},
                      state->chain.epoch);
}

Result<std::vector<StoredPack>> OutboxReader::packs(std::uint64_t after, std::size_t packs_max,
                                                    std::size_t bytes_max) {
  std::vector<StoredPack> found;
  std::size_t bytes = 0;
  auto rows = statements_.packs.query(after, static_cast<std::uint64_t>(packs_max));
  auto more = rows.next();
  for (; more && *more; more = rows.next()) {
    const ByteView body = rows.bytes(2);
    bytes += body.size();
    if (!found.empty() && bytes > bytes_max) break;
    if (!is_pack_range(after, rows.number(0), rows.number(1), rows.number(3)))
      return database_.damaged("a pack has impossible sequences");
    found.push_back({{epoch_, rows.number(0)}, rows.number(1), Bytes(body)});
    after = rows.number(1);
  }
  if (!more) return more.error();
  return found;
}

Result<PackMatch> OutboxReader::compare(std::uint64_t sequence, ByteView sha256) {
  auto rows = statements_.holder.query(sequence);
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found || rows.number(0) < sequence) return PackMatch::unknown;
  if (rows.number(0) > sequence) return PackMatch::other;
  schema::Hasher hasher;
  const bool same = sha256 == schema::bytes_of(hasher.sha256(rows.bytes(1)));
  return same ? PackMatch::same : PackMatch::other;
}

Result<std::optional<SourceProgress>> OutboxReader::progress(std::string_view path) {
  auto rows = statements_.progress.query(path);
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found) return std::optional<SourceProgress>{};
  return std::optional<SourceProgress>{
      SourceProgress{std::string(path), rows.number(0), rows.number(1), rows.number(2),
                     rows.number(3), rows.number(4), Bytes(rows.bytes(5)), Bytes(rows.bytes(6))}};
}

Result<std::vector<RejectedLine>> OutboxReader::rejected_lines(std::size_t count_max) {
  std::vector<RejectedLine> lines;
  auto rows = statements_.rejected_lines.query(static_cast<std::uint64_t>(count_max));
  auto more = rows.next();
  for (; more && *more; more = rows.next()) {
    lines.push_back(
        {Bytes(rows.bytes(0)), rows.number(1), Bytes(rows.bytes(2)), Bytes(rows.bytes(3))});
  }
  if (!more) return more.error();
  return lines;
}

Result<OutboxStatus> OutboxReader::describe(const OutboxState& state) {
  OutboxStatus status{state.chain.node,     state.chain.epoch, state.chain.last_sequence,
                      state.accepted,       state.receipted,   state.waiting.packs,
                      state.waiting.bytes,  state.kept.packs,  state.kept.bytes,
                      state.rejected_lines, std::nullopt};
  const std::uint64_t reach = std::min<std::uint64_t>(state.receipted, schema::kPackEventsMax);
  auto rows = statements_.oldest.query(state.receipted - reach, state.receipted);
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found) return status;
  const std::int64_t appended_at = rows.integer(0);
  if (appended_at < kUtcMicrosMin || appended_at > kUtcMicrosMax)
    return database_.damaged("a pack was appended at an impossible time");
  status.oldest_waiting_at = utc_from_micros(appended_at);
  return status;
}

Result<OutboxStatus> read_outbox_status(const std::filesystem::path& file) {
  auto reader = OutboxReader::open(file);
  if (!reader) return reader.error();
  auto state = reader->state();
  if (!state) return state.error();
  return reader->describe(*state);
}

}  // namespace mgc::spool
