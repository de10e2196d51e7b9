#include "audit/export_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "audit/bounded_line.hpp"
#include "audit/csv.hpp"
#include "audit/event_json.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What the chat database may have been asked for, and where a row is kept: no part of an event.
constexpr std::array<std::string_view, 3> kFilled = {"room_name", "actor_name", "actor_email"};
constexpr std::string_view kSegment = "segment";

bool may_be_filled(std::string_view column) {
  return std::ranges::find(kFilled, column) != kFilled.end();
}

/// What is proven of an event without its bytes.
constexpr std::array<std::string_view, 9> kPlace = {"lane",  "event_id",  "received_at",
                                                    "node",  "synthetic", "imported",
                                                    "epoch", "sequence",  "block"};

/// Whether a column need not be what the event says, because nobody can prove it.
bool is_free(std::string_view column, bool is_empty, RowOf what) {
  if (what == RowOf::redacted) return std::ranges::find(kPlace, column) == kPlace.end();
  return column == kSegment || (is_empty && may_be_filled(column));
}

/// A content as db::redaction_notice() makes it.
bool is_notice(std::string_view content, const std::string& leaf) {
  return content.starts_with("REDACTED: ") && content.ends_with("; leaf " + leaf + ")");
}

void add_name(std::string& names, std::string_view name) {
  if (!names.empty()) names += ", ";
  names += name;
}

class JsonLines final : public ExportRows {
 public:
  JsonLines(std::string name, std::ifstream in) : name_(std::move(name)), in_(std::move(in)) {}

  Result<bool> next() override {
    const LineEnd end = read_line(in_, line_, kRowBytesMax);
    if (end == LineEnd::failed) return Error{Action::stop, name_ + ": cannot be read"};
    if (end == LineEnd::none) return false;
    ++number_;
    if (end == LineEnd::cut) return broken("it does not end with a line end, or is too long");
    row_ = parse_flat(line_);
    if (!row_.is_object()) return broken("it is no JSON object");
    // Of a name that is there twice, readers believe one or the other.
    if (row_.dump(-1, ' ', false, json::error_handler_t::replace) != line_) {
      return broken("it is not written as an export writes it");
    }
    return true;
  }

  Result<std::string> differences(const db::ComplianceEvent& event, RowOf what) const override {
    const json said = event_json(event);
    std::string names;
    for (const auto& [column, value] : said.items()) {
      const auto found = row_.find(column);
      const bool may_differ = is_free(column, is_empty(value), what);
      // 5.0 is 5 to a comparison of numbers, and so is what a double cannot tell from it.
      const bool is_same = found != row_.end() && !found->is_number_float() &&
                           !found->is_structured() && (may_differ || *found == value);
      if (!is_same) add_name(names, column);
    }
    for (const auto& [column, value] : row_.items()) {
      if (!said.contains(column)) {
        add_name(names, column.empty() ? "a column without a name" : printable(column));
      }
    }
    if (what == RowOf::redacted) {
      const auto content = row_.find("content");
      const bool is_text = content != row_.end() && content->is_string();
      if (!is_text || !is_notice(content->get_ref<const std::string&>(), event.content)) {
        add_name(names, "content");
      }
    }
    return names;
  }

 private:
  static bool is_empty(const json& value) {
    const auto* const text = value.get_ptr<const json::string_t*>();
    return value.is_null() || (text != nullptr && text->empty());
  }
  [[nodiscard]] Error broken(const char* what) const {
    return Error{Action::reject, fmt::format("line {}: {}", number_, what)};
  }

  std::string name_;
  std::ifstream in_;
  std::string line_;
  std::uint64_t number_ = 0;
  json row_;
};

using Cells = std::vector<std::string>;
/// Each takes more room in memory than in the file; an export has far fewer.
constexpr std::size_t kCellsMax = 100;

/// Reads a cell, which is in quotes where it has to be and nowhere else, so that every reader takes
/// it for the same. Returns what comes behind it; EOF where there is none such.
int read_cell(std::istream& in, std::string& cell, std::size_t& bytes_left) {
  const auto next = [&] {
    if (bytes_left == 0) return EOF;
    --bytes_left;
    return in.get();
  };
  int letter = next();
  if (letter != '"') {
    for (; letter != ',' && letter != '\r'; letter = next()) {
      if (letter == EOF || letter == '"' || letter == '\n') return EOF;
      cell += static_cast<char>(letter);
    }
    return letter;
  }
  while (true) {
    letter = next();
    if (letter == '"') {
      letter = next();
      if (letter != '"') break;
    }
    if (letter == EOF) return EOF;
    cell += static_cast<char>(letter);
  }
  return cell.find_first_of(",\"\r\n") == std::string::npos ? EOF : letter;
}

/// Reads one record of RFC 4180; nullopt at the end, and `broken` when it is none.
std::optional<Cells> read_record(std::istream& in, bool& broken) {
  if (in.peek() == EOF) return std::nullopt;
  Cells cells;
  std::size_t bytes_left = ExportRows::kRowBytesMax;
  while (cells.size() < kCellsMax) {
    const int behind = read_cell(in, cells.emplace_back(), bytes_left);
    if (behind == ',') continue;
    if (behind == '\r' && in.get() == '\n') return cells;
    break;
  }
  broken = true;
  return std::nullopt;
}

class CsvFile final : public ExportRows {
 public:
  CsvFile(std::string name, std::ifstream in) : name_(std::move(name)), in_(std::move(in)) {}

  Result<bool> read_header() {
    auto more = next();
    if (!more || !*more) return more;
    columns_ = row_;
    std::istringstream header(csv_header());
    bool broken = false;
    if (columns_ != read_record(header, broken)) {
      return Error{Action::reject, "its first row is not the header of an export"};
    }
    return true;
  }

  Result<bool> next() override {
    bool broken = false;
    auto row = read_record(in_, broken);
    if (in_.bad()) return Error{Action::stop, name_ + ": cannot be read"};
    ++number_;
    if (broken)
      return Error{Action::reject, fmt::format("row {}: it is no record of CSV", number_)};
    if (!row) return false;
    row_ = std::move(*row);
    if (!columns_.empty() && row_.size() != columns_.size()) {
      return Error{Action::reject, fmt::format("row {}: it has {} cells", number_, row_.size())};
    }
    return true;
  }

  Result<std::string> differences(const db::ComplianceEvent& event, RowOf what) const override {
    std::istringstream said(csv_line(event));
    bool broken = false;
    const auto cells = read_record(said, broken);
    if (!cells || cells->size() != columns_.size()) {
      return Error{Action::stop, "an event cannot be written as CSV"};
    }
    std::string names;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!is_free(columns_[i], (*cells)[i].empty(), what) && (*cells)[i] != row_[i]) {
        add_name(names, columns_[i]);
      }
      if (what == RowOf::redacted && columns_[i] == "content" &&
          !is_notice(row_[i], event.content)) {
        add_name(names, columns_[i]);
      }
    }
    return names;
  }

 private:
  std::string name_;
  std::ifstream in_;
  std::uint64_t number_ = 0;
  Cells columns_;
  Cells row_;
};

}  // namespace

Result<std::unique_ptr<ExportRows>> ExportRows::open(const fs::path& file,
                                                     const std::string& format) {
  if (format != "jsonl" && format != "csv") return std::unique_ptr<ExportRows>();
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) {
    return Error{Action::stop, printable(file.string()) + ": cannot be read"};
  }
  if (format == "jsonl") {
    return std::unique_ptr<ExportRows>(std::make_unique<JsonLines>(file.string(), std::move(in)));
  }
  auto csv = std::make_unique<CsvFile>(file.string(), std::move(in));
  const auto header = csv->read_header();
  if (!header) return header.error();
  if (!*header) return Error{Action::reject, "it has no header"};
  return std::unique_ptr<ExportRows>(std::move(csv));
}

}  // namespace mgc::audit
