#include "tests/style/source_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mgc::style {
namespace {

/// Walks a C++ text once and sorts each character into code, comment or neither.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    split_.code.assign(text.size(), ' ');
    split_.comments.assign(text.size(), ' ');
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') split_.code[at] = split_.comments[at] = '\n';
    }
  }

  CppText run() {
    while (at_ < text_.size()) step();
    return std::move(split_);
  }

 private:
  void step() {
    if (starts("//")) {
      keep_until(text_.find('\n', at_), split_.comments);
    } else if (starts("/*")) {
      const auto end = text_.find("*/", at_ + 2);
      keep_until(end == std::string_view::npos ? end : end + 2, split_.comments);
    } else if (starts("#include")) {
      keep_until(text_.find('\n', at_), split_.code);
    } else if (text_[at_] == '"' && at_ > 0 && text_[at_ - 1] == 'R') {
      skip_raw_string();
    } else if (text_[at_] == '"' || is_character_literal()) {
      skip_literal(text_[at_]);
    } else {
      split_.code[at_] = text_[at_];
      ++at_;
    }
  }

  [[nodiscard]] bool starts(std::string_view with) const {
    return text_.substr(at_).starts_with(with);
  }
  /// A quote inside a number (1'000) begins no literal.
  [[nodiscard]] bool is_character_literal() const {
    if (text_[at_] != '\'') return false;
    const unsigned char before = at_ == 0 ? ' ' : static_cast<unsigned char>(text_[at_ - 1]);
    return std::isalnum(before) == 0;
  }
  void keep_until(std::size_t end, std::string& into) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) into[at_] = text_[at_];
  }
  void skip_raw_string() {
    const auto open = text_.find('(', at_);
    const std::string end = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    split_.code[at_] = '"';
    const auto close = text_.find(end, at_);
    at_ = close == std::string_view::npos ? text_.size() : close + end.size();
    split_.code[at_ - 1] = '"';
  }
  void skip_literal(char quote) {
    split_.code[at_++] = quote;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ < text_.size()) split_.code[at_] = text_[at_];
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  CppText split_;
};

bool is_left_out(const std::filesystem::path& relative, bool directory) {
  const std::string name = relative.filename().string();
  const std::string path = relative.generic_string();
  if (directory) {
    static constexpr std::array<std::string_view, 5> kFolders = {
        "build", "mgc-demo", "demo/logs", "tests/fuzz/corpus", "__pycache__"};
    return (name.starts_with('.') && name != ".ci") ||
           std::ranges::find(kFolders, path) != kFolders.end() || name == kFolders.back();
  }
  static constexpr std::array<std::string_view, 5> kBinary = {".pack", ".receipt", ".db", ".gz",
                                                              ".pyc"};
  const auto has_end = [&](std::string_view end) { return name.ends_with(end); };
  return path == "LICENSE" || std::ranges::any_of(kBinary, has_end) ||
         name.find(".db-") != std::string::npos || name.find(".outbox") != std::string::npos;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void PrintTo(const Finding& finding, std::ostream* out) {
  *out << "\n" << finding.path << ":" << finding.line << ": " << finding.message;
}

CppText split_cpp(std::string_view text) { return Splitter(text).run(); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

bool is_header(std::string_view path) { return path.ends_with(".hpp"); }
bool is_cpp(std::string_view path) { return is_header(path) || path.ends_with(".cpp"); }
bool is_cmake(std::string_view path) {
  return path.ends_with("CMakeLists.txt") || path.ends_with(".cmake");
}

std::string_view top_folder(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::vector<SourceFile> read_repository(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
    const fs::path relative = it->path().lexically_relative(root);
    if (is_left_out(relative, it->is_directory())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      files.push_back({relative.generic_string(), read_text(it->path())});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace mgc::style
