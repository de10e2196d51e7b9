#include "audit/formats/stylesheet.hpp"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include "audit/export_file.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

constexpr std::size_t kStylesheetBytesMax = std::size_t{4} << 20;
/// Templates inside templates; the stack of a process holds more.
constexpr int kDepthMax = 2'000;
constexpr std::size_t kSaidMax = 1'000;

struct Free {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xsltStylesheet* sheet) const { xsltFreeStylesheet(sheet); }
  void operator()(xsltTransformContext* context) const { xsltFreeTransformContext(context); }
  void operator()(xsltSecurityPrefs* prefs) const { xsltFreeSecurityPrefs(prefs); }
  void operator()(xmlChar* text) const { xmlFree(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// What the libraries have said, in one line. They give it in pieces.
void note_said(void* said, const char* format, ...) {
  std::array<char, 512> piece{};
  va_list values;
  va_start(values, format);
  static_cast<void>(std::vsnprintf(piece.data(), piece.size(), format, values));
  va_end(values);
  auto& text = *static_cast<std::string*>(said);
  for (const char* at = piece.data(); *at != '\0' && text.size() < kSaidMax; ++at)
    text += *at == '\n' ? ' ' : *at;
}

Error failure(std::string said) {
  while (said.ends_with(' ') || said.ends_with('\n')) said.pop_back();
  return {Action::stop, said.empty() ? "it fails, and does not say why" : std::move(said)};
}

xmlParserInputPtr refuse_to_load(const char* url, const char* /*id*/, xmlParserCtxtPtr /*parser*/) {
  xsltGenericError(xsltGenericErrorContext, "it may not read %s\n", url == nullptr ? "" : url);
  return nullptr;
}

Owned<xsltSecurityPrefs> forbid_all() {
  Owned<xsltSecurityPrefs> prefs(xsltNewSecurityPrefs());
  for (const auto what :
       {XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
        XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK}) {
    static_cast<void>(xsltSetSecurityPrefs(prefs.get(), what, xsltSecurityForbid));
  }
  return prefs;
}

Owned<xmlDoc> parse(ByteView text, const char* name, int options) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Owned<xmlDoc>(xmlReadMemory(text.data(), static_cast<int>(text.size()), name, nullptr,
                                     options | XML_PARSE_NONET | XML_PARSE_NOERROR));
}

/// One use of the libraries, whose settings are those of the whole process: only in a child.
class Processor {
 public:
  Processor() : prefs_(forbid_all()) {
    xsltSetGenericErrorFunc(&said_, note_said);
    xmlSetGenericErrorFunc(&said_, note_said);
    xmlSetExternalEntityLoader(refuse_to_load);
    xsltSetDefaultSecurityPrefs(prefs_.get());
  }

  /// Gives what names of files end in.
  Result<Bytes> compile(ByteView text) {
    auto document = parse(text, "stylesheet", XML_PARSE_NOENT | XML_PARSE_NOCDATA);
    if (document == nullptr) return parse_failure();
    sheet_.reset(xsltParseStylesheetDoc(document.get()));
    if (sheet_ == nullptr) return failure(said_);
    static_cast<void>(document.release());  // it is the sheet's now
    if (sheet_->errors > 0 || !said_.empty()) return failure(said_);
    return suffix();
  }

  Result<Bytes> apply(ByteView text) {
    const auto document = parse(text, "events", XML_PARSE_HUGE);
    if (document == nullptr) return parse_failure();
    const Owned<xsltTransformContext> context(
        xsltNewTransformContext(sheet_.get(), document.get()));
    if (context == nullptr) return failure(said_);
    context->maxTemplateDepth = kDepthMax;
    const Owned<xmlDoc> result(xsltApplyStylesheetUser(sheet_.get(), document.get(), nullptr,
                                                       nullptr, nullptr, context.get()));
    if (result == nullptr || context->state != XSLT_STATE_OK) return failure(said_);
    xmlChar* bytes = nullptr;
    int size = 0;
    if (xsltSaveResultToString(&bytes, &size, result.get(), sheet_.get()) != 0)
      return failure(said_);
    const Owned<xmlChar> owner(bytes);
    return Bytes(reinterpret_cast<const char*>(bytes), bytes == nullptr ? 0 : std::size_t(size));
  }

 private:
  [[nodiscard]] Error parse_failure() const {
    const xmlError* fault = xmlGetLastError();
    if (!said_.empty() || fault == nullptr || fault->message == nullptr) return failure(said_);
    return failure(fmt::format("line {}: {}", fault->line, fault->message));
  }

  [[nodiscard]] Bytes suffix() const {
    const auto* method = reinterpret_cast<const char*>(sheet_->method);
    const std::string_view name = method == nullptr ? "" : method;
    return name == "text" ? "txt" : name == "html" ? "html" : "xml";
  }

  std::string said_;
  Owned<xsltSecurityPrefs> prefs_;
  Owned<xsltStylesheet> sheet_;
};

}  // namespace

Stylesheet::Stylesheet(std::filesystem::path file, Bytes text, const ApartLimits& limits)
    : file_(std::move(file)), text_(std::move(text)), limits_(limits) {
  schema::Hasher hasher;
  sha256_ = schema::to_hex(schema::bytes_of(hasher.sha256(text_)));
}

Result<Stylesheet> Stylesheet::read(const std::filesystem::path& file, const ApartLimits& limits) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(file, unknown);
  if (unknown || size > kStylesheetBytesMax) {
    return Error{Action::stop, fmt::format("stylesheet {}: {}", file.string(),
                                           unknown ? unknown.message() : "it has more than 4 MiB")};
  }
  auto text = read_file(file);
  if (!text) return text.error();
  Stylesheet sheet(file, std::move(*text), limits);
  const auto suffix =
      sheet.named(run_apart(limits, [&] { return Processor().compile(sheet.text_); }));
  if (!suffix) return suffix.error();
  sheet.suffix_ = *suffix;
  return sheet;
}

Result<Bytes> Stylesheet::apply(ByteView document) const {
  return named(run_apart(limits_, [&]() -> Result<Bytes> {
    Processor processor;
    if (auto compiled = processor.compile(text_); !compiled) return compiled;
    return processor.apply(document);
  }));
}

Result<Bytes> Stylesheet::named(Result<Bytes> done) const {
  if (done) return done;
  return Error{done.error().action,
               fmt::format("stylesheet {}: {}", file_.string(), done.error().message)};
}

}  // namespace mgc::audit
