#include <cctype>
#include <regex>

#include "tests/style/code_rules.hpp"

namespace mgc::style {
namespace {

/// `code` without preprocessor lines, whose braces need not match.
std::string without_directives(std::string_view code) {
  std::string out(code);
  bool in_directive = false;
  std::size_t begin = 0;
  while (begin < out.size()) {
    const std::size_t end = std::min(out.find('\n', begin), out.size());
    const auto first = out.find_first_not_of(" \t", begin);
    const bool continued = in_directive;
    const bool is_directive = continued || (first < end && out[first] == '#');
    in_directive = is_directive && end > begin && out[end - 1] == '\\';
    if (is_directive) out.replace(begin, end - begin, end - begin, ' ');
    begin = end + 1;
  }
  return out;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) out.push_back(c);
    if (space && !out.empty() && out.back() != ' ') out.push_back(' ');
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// Follows the braces of a file. A brace opens a scope (namespace, class), an initialiser, or the
/// body of a function, inside which everything is the function's.
class FunctionFinder {
 public:
  explicit FunctionFinder(std::string_view code) : code_(without_directives(code)) {}

  std::vector<FunctionBody> run() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      if (code_[at_] == '{') open();
      if (code_[at_] == '}') close();
      if (code_[at_] == ';' && depth_ == body_depth()) head_ = at_ + 1;
      if (code_[at_] == ':' && at_label()) head_ = at_ + 1;
    }
    return std::move(found_);
  }

 private:
  static constexpr int kNoBody = -1;
  [[nodiscard]] int body_depth() const { return inside_ > 0 ? kNoBody : depth_; }

  void open() {
    ++depth_;
    if (inside_ > 0) {
      ++inside_;
      return;
    }
    const std::string head = squeezed(std::string_view(code_).substr(head_, at_ - head_));
    const bool spaced = at_ == 0 || std::isspace(static_cast<unsigned char>(code_[at_ - 1])) != 0;
    static const std::regex scope(
        "^(template ?<.*> ?)?(inline )?(namespace|class|struct|union|enum|extern)\\b(?!.*\\)( "
        "(const|noexcept|override|final))*$).*");
    const bool is_scope = std::regex_match(head, scope) || head.empty();
    const bool is_body =
        spaced && !is_scope && head.find('(') != std::string::npos && !head.ends_with('=');
    if (is_body) {
      const auto start = code_.find_first_not_of(" \t\n", head_);
      found_.push_back({head, line_at(code_, start), 0});
      inside_ = 1;
    } else if (is_scope) {
      head_ = at_ + 1;
    } else {
      ++initialiser_;
    }
  }

  void close() {
    --depth_;
    if (inside_ > 0) {
      if (--inside_ > 0) return;
      found_.back().last_line = line_at(code_, at_);
      head_ = at_ + 1;
    } else if (initialiser_ > 0) {
      --initialiser_;  // the head goes on: `Foo() : a_{1}, b_(2) {`
    } else {
      head_ = at_ + 1;
    }
  }

  /// `public:` and its like end what was before them.
  [[nodiscard]] bool at_label() const {
    if (inside_ > 0) return false;
    const auto head = squeezed(std::string_view(code_).substr(head_, at_ - head_));
    return head == "public" || head == "private" || head == "protected";
  }

  std::string code_;
  std::size_t at_ = 0;
  std::size_t head_ = 0;  ///< where the statement that is being read began
  int depth_ = 0;
  int inside_ = 0;       ///< braces open since a function's body began, with it
  int initialiser_ = 0;  ///< braces open of an initialiser
  std::vector<FunctionBody> found_;
};

}  // namespace

std::vector<FunctionBody> functions_of(std::string_view code) { return FunctionFinder(code).run(); }

Findings check_function_length(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path)) return findings;
  for (const FunctionBody& body : functions_of(split_cpp(file.text).code)) {
    if (body.lines() <= kFunctionLinesMax) continue;
    findings.push_back({file.path, body.first_line,
                        "a function of " + std::to_string(body.lines()) + " lines; at most 60"});
  }
  return findings;
}

}  // namespace mgc::style
