#include "db/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <utility>

#include "core/utf8.hpp"
#include "db/id_windows.hpp"
#include "db/letter_parts.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"

namespace mgc::db {
namespace {

constexpr std::string_view kSelect =
    "SELECT d.dead_letter_id, length(d.raw), d.sha256, d.received_at, lane.name, d.message_id,"
    " d.reason, node.name, d.epoch, d.first_sequence"
    " FROM dead_letter AS d JOIN lane ON lane.lane_id = d.lane_id"
    " LEFT JOIN node ON node.node_id = d.node_id";
constexpr std::int64_t kWindowIds = 1'000;

DeadLetter read_row(const Row& row) {
  DeadLetter letter;
  letter.rows.push_back({row.integer(0), row.number(1), row.text(2)});
  letter.received_at = utc_from_micros(row.integer(3));
  letter.lane = row.text(4);
  letter.message_id = row.text(5);
  letter.reason = row.text(6);
  if (!row.is_null(7)) {
    letter.pack = PackKey{row.text(7), row.number(8), row.number(9)};
  } else {
    letter.pack = read_pack_key(letter.message_id);
  }
  return letter;
}

/// Puts parts together: those of one letter were stored in one transaction, one behind the other
/// within their lane. Rows that only look like parts stay letters of their own.
class Joining {
 public:
  using Show = std::function<void(DeadLetter)>;

  void add(DeadLetter row, const Show& show) {
    const auto part = read_part(row.message_id, row.bytes());
    Open& open = open_[row.lane];
    if (!part || !continues(open, *part, row)) give_up(open, show);
    if (!part || part->number != open.rows.size() + 1) return show(std::move(row));
    open.message_id = part->message_id;
    open.parts = part->of;
    open.rows.push_back(std::move(row));
    if (open.rows.size() == open.parts) show(join(open));
  }
  /// After the last row.
  void finish(const Show& show) {
    for (auto& [lane, open] : open_) give_up(open, show);
  }

 private:
  /// The first parts of a letter, each as a letter of its own.
  struct Open {
    std::string message_id;
    std::size_t parts = 0;
    std::vector<DeadLetter> rows;
  };

  static bool continues(const Open& open, const LetterPart& part, const DeadLetter& row) {
    return !open.rows.empty() && part.number == open.rows.size() + 1 && part.of == open.parts &&
           part.message_id == open.message_id && row.received_at == open.rows.front().received_at &&
           row.reason == open.rows.front().reason;
  }
  static DeadLetter join(Open& open) {
    DeadLetter letter = std::move(open.rows.front());
    letter.message_id = std::move(open.message_id);
    for (std::size_t i = 1; i < open.rows.size(); ++i) {
      letter.rows.push_back(std::move(open.rows[i].rows.front()));
    }
    open = {};
    return letter;
  }
  static void give_up(Open& open, const Show& show) {
    for (DeadLetter& row : std::exchange(open, {}).rows) show(std::move(row));
  }

  std::map<std::string, Open> open_;  // by lane
};

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  if (number == 0 || number > schema::kNumberMax) return std::nullopt;
  return number;
}

}  // namespace

std::optional<PackKey> read_pack_key(std::string_view message_id) {
  const std::size_t first = message_id.find('/');
  const std::size_t second = message_id.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto node = message_id.substr(0, first);
  const auto epoch = read_number(message_id.substr(first + 1, second - first - 1));
  const auto sequence = read_number(message_id.substr(second + 1));
  if (!schema::is_node_id(node) || !epoch || !sequence) return std::nullopt;
  return PackKey{std::string(node), *epoch, *sequence};
}

std::uint64_t DeadLetter::bytes() const {
  return std::accumulate(rows.begin(), rows.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const LetterRow& row) { return sum + row.bytes; });
}

std::string_view to_string(PackState state) {
  switch (state) {
    case PackState::unknown: return "unknown";
    case PackState::open: return "open";
    case PackState::stored: return "stored";
    case PackState::other_bytes: return "other bytes";
  }
  return "unknown";
}

DeadLetters::DeadLetters(std::unique_ptr<Session> session) : session_(std::move(session)) {}
DeadLetters::DeadLetters(DeadLetters&&) noexcept = default;
DeadLetters& DeadLetters::operator=(DeadLetters&&) noexcept = default;
DeadLetters::~DeadLetters() = default;

Result<DeadLetters> DeadLetters::open(const std::string& mgccomp) {
  auto session = open_schema(mgccomp, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  return DeadLetters(std::move(*session));
}

Result<void> DeadLetters::each(const std::function<Result<bool>(DeadLetter)>& visit) {
  Joining joining;
  std::vector<DeadLetter> done;
  const auto keep = [&done](DeadLetter letter) { done.push_back(std::move(letter)); };
  // Outside of the statement, so that a visit may take its time and ask for more.
  const auto show = [&]() -> Result<bool> {
    for (DeadLetter& letter : std::exchange(done, {})) {
      auto more = visit(std::move(letter));
      if (!more || !*more) return more;
    }
    return true;
  };
  bool more = true;
  const auto read_window = [&](const IdWindow& window) -> Result<bool> {
    const auto read =
        session_->query(fmt::format("{} WHERE d.dead_letter_id >= ?1 AND d.dead_letter_id <= ?2"
                                    " ORDER BY d.dead_letter_id",
                                    kSelect),
                        {window.first, window.last}, [&](const Row& row) {
                          joining.add(read_row(row), keep);
                          return true;
                        });
    if (!read) return read.error();
    auto shown = show();
    if (shown) more = *shown;
    return shown;
  };
  const auto listed = each_id_window(
      {}, kWindowIds,
      [&](std::int64_t from) {
        return session_->query_number(
            "SELECT min(dead_letter_id) FROM dead_letter WHERE dead_letter_id >= ?1", {from});
      },
      read_window);
  if (!listed || !more) return listed;
  joining.finish(keep);
  if (const auto shown = show(); !shown) return shown.error();
  return {};
}

Result<std::optional<DeadLetter>> DeadLetters::find(std::int64_t id) {
  std::optional<DeadLetter> found;
  Joining joining;
  const auto look = [&](DeadLetter letter) {
    if (std::ranges::find(letter.rows, id, &LetterRow::id) == letter.rows.end()) return;
    found = std::move(letter);
  };
  const auto read = session_->query(
      fmt::format("{} WHERE d.lane_id = (SELECT a.lane_id FROM dead_letter AS a"
                  " WHERE a.dead_letter_id = ?1) AND d.received_at = (SELECT b.received_at"
                  " FROM dead_letter AS b WHERE b.dead_letter_id = ?1) ORDER BY d.dead_letter_id",
                  kSelect),
      {id}, [&](const Row& row) {
        joining.add(read_row(row), look);
        return true;
      });
  if (!read) return read.error();
  joining.finish(look);
  return found;
}

Result<Bytes> DeadLetters::raw(const DeadLetter& letter) {
  schema::Hasher hasher;
  Bytes raw;
  raw.reserve(letter.bytes());
  for (const LetterRow& part : letter.rows) {
    const std::size_t begin = raw.size();
    const auto read = session_->query("SELECT raw FROM dead_letter WHERE dead_letter_id = ?1",
                                      {part.id}, [&](const Row& row) {
                                        raw.append(row.bytes(0));
                                        return false;
                                      });
    if (!read) return read.error();
    const schema::Digest sha256 = hasher.sha256(ByteView(raw).substr(begin));
    if (schema::bytes_of(sha256) != part.sha256) {
      return Error{
          Action::stop,
          fmt::format("{}: the bytes of dead letter {} are not those that were kept: their "
                      "SHA-256 is another",
                      printable(session_->name()), part.id)};
    }
  }
  return raw;
}

Result<PackState> DeadLetters::pack_state(const DeadLetter& letter) {
  if (!letter.pack) return PackState::unknown;
  PackState state = PackState::open;
  const auto read = session_->query(
      "SELECT p.sha256 FROM pack AS p JOIN node ON node.node_id = p.node_id"
      " WHERE node.name = ?1 AND p.epoch = ?2 AND p.first_sequence = ?3",
      {letter.pack->node, letter.pack->epoch, letter.pack->first_sequence}, [&](const Row& row) {
        const bool same = letter.rows.size() == 1 && row.bytes(0) == letter.rows.front().sha256;
        state = same ? PackState::stored : PackState::other_bytes;
        return false;
      });
  if (!read) return read.error();
  return state;
}

}  // namespace mgc::db
