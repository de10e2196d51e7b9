#include "db/sqlite/segment_indexes.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "core/words.hpp"

namespace mgc::db::sqlite {
namespace {

struct Index {
  std::string_view name;
  std::string_view columns;
};
constexpr std::array<Index, 5> kIndexes = {{
    {"room", "(room_id, occurred_at)"},
    {"actor", "(actor_id, occurred_at)"},
    {"target", "(target_id, occurred_at) WHERE target_id IS NOT NULL"},
    {"file", "(file_sha256) WHERE file_sha256 IS NOT NULL"},
    {"time", "(occurred_at)"},
}};

Result<bool> is_there(Session& session, const std::string& name) {
  const auto count =
      session.query_number("SELECT count(*) FROM sqlite_schema WHERE name = ?1", {name});
  if (!count) return count.error();
  return count->value_or(0) > 0;
}

/// Adds the words of the next events; false when there is none.
Result<bool> add_words(Session& session, std::uint64_t segment) {
  constexpr int kEvents = 20'000;  // of one transaction, as a batch has
  const auto through =
      session.query_number(fmt::format("SELECT max(id) FROM words_{}_docsize", segment));
  if (!through) return through.error();
  const std::string insert =
      fmt::format("INSERT INTO words_{} (rowid, words) VALUES (?1, ?2)", segment);
  Result<void> added;
  bool any = false;
  const auto read = session.stream(
      fmt::format("SELECT event_id, content FROM event_{} WHERE event_id > ?1"
                  " ORDER BY event_id LIMIT {}",
                  segment, kEvents),
      {through->value_or(-1)}, [&](const Row& row) {
        const std::string words = fmt::format("{}", fmt::join(words_of(row.text(1)), " "));
        if (const auto one = session.execute(insert, {row.integer(0), words}); !one) {
          added = one.error();
        }
        any = true;
        return added.has_value();
      });
  if (!read) return read.error();
  if (!added) return added.error();
  return any;
}

}  // namespace

Result<bool> build_index(Session& session, std::uint64_t segment) {
  for (const Index& index : kIndexes) {
    const std::string name = fmt::format("event_{}_{}", segment, index.name);
    const auto there = is_there(session, name);
    if (!there) return there.error();
    if (*there) continue;
    const auto built = session.run_script(
        fmt::format("CREATE INDEX {} ON event_{} {}", name, segment, index.columns));
    if (!built) return built.error();
    return true;
  }
  const auto words = is_there(session, fmt::format("words_{}", segment));
  if (!words) return words.error();
  if (!*words) {
    const auto made = session.run_script(
        fmt::format("CREATE VIRTUAL TABLE words_{} USING fts5(words, content = '', detail = none,"
                    " tokenize = 'ascii')",
                    segment));
    if (!made) return made.error();
  }
  const auto more = add_words(session, segment);
  if (!more || *more) return more;
  const auto analysed =
      session.run_script(fmt::format("PRAGMA analysis_limit = 1000; ANALYZE event_{}", segment));
  if (!analysed) return analysed.error();
  return false;
}

std::optional<Condition> indexed_words(std::uint64_t segment, const NeededWords& needed) {
  if (needed.empty()) return std::nullopt;
  // Nothing but letters and digits is in a word, so nothing of the index's own language is.
  std::string match;
  for (const std::vector<SoughtWord>& words : needed) {
    match += match.empty() ? "(" : ") AND (";
    for (const SoughtWord& word : words) {
      match += fmt::format("{}\"{}\"{}", &word == &words.front() ? "" : " OR ", word.text,
                           word.is_prefix ? " *" : "");
    }
  }
  return Condition{
      fmt::format("event_id IN (SELECT rowid FROM words_{0} WHERE words_{0} MATCH {{}})", segment),
      match + ")"};
}

}  // namespace mgc::db::sqlite
