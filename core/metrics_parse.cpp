#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "core/metrics.hpp"

namespace mgc {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

/// What is left of one line.
class LineCursor {
 public:
  explicit LineCursor(std::string_view line) : rest_(line) {}

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string name() {
    std::string name;
    while (!rest_.empty() && is_name_character(rest_.front())) {
      name += rest_.front();
      rest_.remove_prefix(1);
    }
    return name;
  }
  /// Behind its first quote; nullopt when it does not end.
  std::optional<std::string> quoted() {
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
        continue;
      }
      if (rest_.empty()) return std::nullopt;
      text += rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }
  std::optional<double> number() {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(word.size());
    if (word == "+Inf") return std::numeric_limits<double>::infinity();
    double value = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == word.data() + word.size();
    return whole ? std::optional(value) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

/// Behind the opening brace, through the closing one.
bool read_labels(LineCursor& line, std::map<std::string, std::string>& labels) {
  for (;;) {
    line.skip_blanks();
    if (line.take('}')) return true;
    const std::string name = line.name();
    line.skip_blanks();
    if (name.empty() || !line.take('=')) return false;
    line.skip_blanks();
    if (!line.take('"')) return false;
    auto text = line.quoted();
    if (!text) return false;
    labels[name] = std::move(*text);
    line.skip_blanks();
    if (line.take(',')) continue;  // also behind the last one
    return line.take('}');
  }
}

std::optional<MetricSample> read_sample(LineCursor line) {
  MetricSample sample;
  sample.name = line.name();
  if (sample.name.empty()) return std::nullopt;
  line.skip_blanks();
  if (line.take('{') && !read_labels(line, sample.labels)) return std::nullopt;
  line.skip_blanks();
  const auto value = line.number();
  if (!value) return std::nullopt;
  sample.value = *value;
  return sample;
}

}  // namespace

Result<std::vector<MetricSample>> parse_metrics(std::string_view text) {
  std::vector<MetricSample> samples;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto sample = read_sample(LineCursor(line));
    if (!sample) return Error{Action::reject, fmt::format("line {} is no metric", number)};
    samples.push_back(std::move(*sample));
  }
  return samples;
}

}  // namespace mgc
