#include "db/mssql/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "core/assert.hpp"

namespace mgc::db::mssql {
namespace {

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '"';
}

/// "column = ?3" or "column <> ?3" that ends where a text is read up to.
struct Comparison {
  std::size_t begin = 0;
  std::string_view column;
  bool equal = true;
};

/// The comparison whose right side would come at the end of `text`.
std::optional<Comparison> comparison_before(std::string_view text) {
  const bool equal = text.ends_with(" = ");
  if (!equal && !text.ends_with(" <> ")) return std::nullopt;
  const std::size_t end = text.size() - (equal ? 3 : 4);
  std::size_t begin = end;
  while (begin > 0 && in_name(text[begin - 1])) --begin;
  if (begin == end) return std::nullopt;
  return Comparison{begin, text.substr(begin, end - begin), equal};
}

/// A name longer than an index key can be has its digest beside it, in every table that has it.
bool has_digest(std::string_view column) { return column == "uri" || column.ends_with(".uri"); }

/// The exact form of a comparison of a text; `parameter` is "?3".
std::string exact(const Comparison& comparison, std::string_view parameter) {
  const std::string_view column = comparison.column;
  if (!comparison.equal) return fmt::format("{} + N'.' <> {} + N'.'", column, parameter);
  std::string by_digest;
  if (has_digest(column)) {
    by_digest = fmt::format("{}_digest = CAST(HASHBYTES('SHA1', {}) AS binary(20)) AND ", column,
                            parameter);
  }
  return fmt::format("({0}{1} = {2} AND {1} + N'.' = {2} + N'.')", by_digest, column, parameter);
}

bool is_text(std::span<const Value> values, int number) {
  const auto index = static_cast<std::size_t>(number) - 1;
  return number > 0 && index < values.size() &&
         std::holds_alternative<std::string_view>(values[index].state());
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

}  // namespace

std::string to_tsql(std::string_view sql, std::span<const Value> values) {
  std::string text;
  const std::size_t where = sql.find(" WHERE ");
  bool quoted = false;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] == '\'') quoted = !quoted;
    if (quoted || sql[at] != '?') {
      text += sql[at];
      continue;
    }
    int number = 0;
    const auto read = std::from_chars(sql.data() + at + 1, sql.data() + sql.size(), number);
    const std::string_view parameter(sql.data() + at, read.ptr);
    const auto comparison = comparison_before(text);
    if (at > where && comparison && is_text(values, number)) {
      const std::string replaced = exact(*comparison, parameter);
      text.resize(comparison->begin);
      text += replaced;
    } else {
      text += parameter;
    }
    at += parameter.size() - 1;
  }
  replace_all(text, "count(*)", "count_big(*)");
  replace_all(text, " length(", " DATALENGTH(");
  return text;
}

std::string with_output(std::string_view insert, std::string_view id_column) {
  std::string text(insert);
  const std::size_t values = text.find(" VALUES ");
  text.insert(std::min(values, text.size()), fmt::format(" OUTPUT inserted.{}", id_column));
  return text;
}

std::string contains(std::string_view text, std::string_view part) {
  return fmt::format("CHARINDEX(LOWER({1} COLLATE Latin1_General_100_BIN2), LOWER({0})) > 0", text,
                     part);
}

std::string first_rows(const std::string& select, std::uint64_t rows) {
  constexpr std::string_view kSelect = "SELECT ";  // OFFSET ... FETCH came with 2012
  MGC_ASSERT(select.starts_with(kSelect));
  return fmt::format("SELECT TOP ({}) {}", rows, select.substr(kSelect.size()));
}

std::string for_segment(std::string_view sql, std::uint64_t segment) {
  std::string text(sql);
  replace_all(text, "event_1 ", fmt::format("event_{} ", segment));
  return text;
}

std::vector<std::string_view> split_batches(std::string_view script) {
  std::vector<std::string_view> batches;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const std::string_view batch = script.substr(begin, end - begin);
    if (batch.find_first_not_of(" \t\r\n") != std::string_view::npos) batches.push_back(batch);
  };
  for (std::size_t line = 0; line < script.size();) {
    const std::size_t end = std::min(script.find('\n', line), script.size());
    std::string_view text = script.substr(line, end - line);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text == "GO") {
      add(line);
      begin = std::min(end + 1, script.size());
    }
    line = end + 1;
  }
  add(script.size());
  return batches;
}

}  // namespace mgc::db::mssql
