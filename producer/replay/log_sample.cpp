#include "producer/replay/log_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/utf8.hpp"
#include "producer/replay/line_reader.hpp"
#include "producer/replay/scan.hpp"
#include "producer/replay/statement.hpp"

namespace mgc::producer {
namespace {

constexpr std::size_t kLinesMax = 200;
constexpr std::size_t kBytesMax = std::size_t{1024} * 1024;

/// Beginnings of files that people keep beside their logs, and of UTF-16 text.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kSignatures = {{
    {"\x7f"
     "ELF",
     "a program, not a chat log"},
    {"PK\x03\x04", "a zip archive; unpack it first"},
    {"BZh", "a bzip2 file; expand it first (bunzip2)"},
    {"\xfd"
     "7zXZ",
     "an xz file; expand it first (unxz)"},
    {"\x28\xb5\x2f\xfd", "a zstd file; expand it first (unzstd)"},
    {"\x89PNG", "an image, not a chat log"},
    {"%PDF", "a PDF document, not a chat log"},
    {"SQLite format 3", "an SQLite database, not a chat log"},
    {"\xff\xfe", "UTF-16 text; convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xfe\xff", "UTF-16 text; convert it first (iconv -f UTF-16 -t UTF-8)"},
}};

/// Bytes that no chat program writes, as opposed to tabs and the codes of mIRC and CTCP.
bool is_foreign_control(char c) {
  constexpr std::string_view kUsual =
      "\t\r\x01\x02\x03\x04\x07\x0f\x11\x12\x13\x16\x1b\x1d\x1e\x1f";
  const auto byte = static_cast<unsigned char>(c);
  return c != '\0' && (byte < 0x20 || byte == 0x7f) && kUsual.find(c) == std::string_view::npos;
}

/// What is wrong with the file, when it is binary. NULs alone prove little: a crash leaves blocks
/// of them in logs.
class BinaryCheck {
 public:
  void add(std::string_view text) {
    if (bytes_ == 0) first_ = std::string(text.substr(0, 32));
    bytes_ += text.size();
    nuls_ += static_cast<std::size_t>(std::ranges::count(text, '\0'));
    controls_ += static_cast<std::size_t>(std::ranges::count_if(text, is_foreign_control));
  }
  [[nodiscard]] std::optional<std::string_view> complaint() const {
    for (const auto& [begin, what] : kSignatures) {
      if (first_.starts_with(begin)) return what;
    }
    const bool many_controls = controls_ >= 4 && controls_ * 50 > bytes_;
    if (many_controls || nuls_ * 3 > bytes_) return "a binary file, not a chat log";
    return std::nullopt;
  }

 private:
  std::string first_;
  std::size_t bytes_ = 0;
  std::size_t nuls_ = 0;
  std::size_t controls_ = 0;
};

/// How many lines of the sample `format` is certain of.
std::size_t score(const LogSample& sample, LogFormat format) {
  return static_cast<std::size_t>(std::ranges::count_if(sample.lines, [&](const std::string& line) {
    const Reading reading = read_line(format, line);
    const auto* statement = std::get_if<Statement>(&reading);
    return statement != nullptr && statement->certain;
  }));
}

}  // namespace

Result<LogSample> read_sample(const std::filesystem::path& path) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.error();
  LogSample sample;
  BinaryCheck check;
  for (std::size_t bytes = 0; sample.lines.size() < kLinesMax && bytes < kBytesMax;) {
    auto line = (*reader)->next();
    if (!line) {
      if (sample.lines.empty()) return line.error();
      break;
    }
    if (!*line) break;
    const std::string_view text = (*line)->text;
    if (text.empty()) continue;
    bytes += text.size();
    check.add(text);
    sample.lines.push_back(utf8_from_mixed(text));
  }
  if (const auto complaint = check.complaint()) {
    return Error{Action::stop, fmt::format("{}: is {}", printable(path.string()), *complaint)};
  }
  return sample;
}

Result<LogFormat> detect_format(const LogSample& sample, const std::filesystem::path& path) {
  LogFormat best = LogFormat::auto_detect;
  std::size_t best_score = 0;
  const bool dated_name = find_date_in_name(path.filename().string()).has_value();
  for (const LogFormat format : kLogFormats) {
    const std::size_t own = score(sample, format);
    const bool wins_tie = own == best_score && format == LogFormat::ubuntu && dated_name;
    if (own == 0 || (own <= best_score && !wins_tie)) continue;
    best = format;
    best_score = own;
  }
  if (best_score * 2 >= sample.lines.size() && best_score > 0) return best;
  return Error{Action::stop,
               fmt::format("{}: not a chat log of a known format (ubuntu, mirc, irssi, weechat, "
                           "jsonl); pass --format if it is one of them",
                           printable(path.string()))};
}

std::optional<std::chrono::sys_days> first_date(const LogSample& sample, LogFormat format) {
  for (const std::string& line : sample.lines) {
    const Reading reading = read_line(format, line);
    const auto* statement = std::get_if<Statement>(&reading);
    if (statement != nullptr && statement->time.date) return statement->time.date;
  }
  return std::nullopt;
}

std::string first_channel(const LogSample& sample, LogFormat format) {
  for (const std::string& line : sample.lines) {
    const Reading reading = read_line(format, line);
    const auto* statement = std::get_if<Statement>(&reading);
    if (statement != nullptr && !statement->room.empty()) return lower(statement->room);
  }
  return {};
}

std::optional<std::chrono::sys_days> date_from_path(const std::filesystem::path& path) {
  if (const auto date = find_date_in_name(path.filename().string())) return date->date;
  const std::filesystem::path day = path.parent_path();
  const std::filesystem::path month = day.parent_path();
  return parse_date(month.parent_path().filename().string() + "-" + month.filename().string() +
                    "-" + day.filename().string());
}

}  // namespace mgc::producer
