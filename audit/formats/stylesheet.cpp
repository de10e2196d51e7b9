#include "audit/formats/stylesheet.hpp"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <libxslt/extensions.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <map>
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

/// The nodes that were asked for, numbered. libxslt's own generate-id() is made of addresses, which
/// differ each time.
using NodeNumbers = std::map<std::pair<const void*, std::string>, std::size_t>;

/// Namespaces are copied for each look at them: one is known by its element and its prefix.
NodeNumbers::key_type key_of(const xmlNode& node) {
  if (node.type != XML_NAMESPACE_DECL) return {&node, {}};
  const auto& ns = reinterpret_cast<const xmlNs&>(node);
  return {ns.next, ns.prefix == nullptr ? ":" : reinterpret_cast<const char*>(ns.prefix)};
}

const xmlNode* first_node(const xmlNodeSet* set) {
  const xmlNode* first = nullptr;
  for (int i = 0; set != nullptr && i < set->nodeNr; ++i) {
    xmlNode* node = set->nodeTab[i];
    if (first == nullptr || xmlXPathCmpNodes(const_cast<xmlNode*>(first), node) < 0) first = node;
  }
  return first;
}

void generate_id(xmlXPathParserContextPtr parser, int arguments) {
  const xmlNode* node = parser->context->node;
  if (arguments == 1) {
    const std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)> given(valuePop(parser),
                                                                               xmlXPathFreeObject);
    if (given == nullptr || (given->type != XPATH_NODESET && given->type != XPATH_XSLT_TREE)) {
      xmlXPathSetError(parser, XPATH_INVALID_TYPE);
      return;
    }
    node = first_node(given->nodesetval);
  } else if (arguments != 0) {
    xmlXPathSetError(parser, XPATH_INVALID_ARITY);
    return;
  }
  std::string id;
  if (node != nullptr) {
    auto& numbers = *static_cast<NodeNumbers*>(xsltXPathGetTransformContext(parser)->_private);
    id = fmt::format("id{}", numbers.try_emplace(key_of(*node), numbers.size() + 1).first->second);
  }
  valuePush(parser, xmlXPathNewCString(id.c_str()));
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

  /// The output method.
  Result<Bytes> compile(ByteView text) {
    auto document = parse(text, "stylesheet", XML_PARSE_NOENT | XML_PARSE_NOCDATA);
    if (document == nullptr) return parse_failure();
    sheet_.reset(xsltParseStylesheetDoc(document.get()));
    if (sheet_ == nullptr) return failure(said_);
    static_cast<void>(document.release());  // it is the sheet's now
    if (sheet_->errors > 0 || !said_.empty()) return failure(said_);
    return method();
  }

  Result<Bytes> apply(ByteView text) {
    const auto document = parse(text, "events", XML_PARSE_HUGE);
    if (document == nullptr) return parse_failure();
    const Owned<xsltTransformContext> context(
        xsltNewTransformContext(sheet_.get(), document.get()));
    if (context == nullptr || !prepare(*context)) return failure(said_);
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

  bool prepare(xsltTransformContext& context) {
    context.maxTemplateDepth = kDepthMax;
    context._private = &numbers_;
    const auto* name = reinterpret_cast<const xmlChar*>("generate-id");
    static_cast<void>(xmlXPathRegisterFunc(context.xpathCtxt, name, nullptr));
    return xmlXPathRegisterFunc(context.xpathCtxt, name, generate_id) == 0 &&
           xsltSetCtxtSecurityPrefs(prefs_.get(), &context) == 0;
  }

  [[nodiscard]] Bytes method() const {
    if (sheet_->method == nullptr) return "xml";
    const Bytes method(reinterpret_cast<const char*>(sheet_->method));
    return method == "text" ? "txt" : method;
  }

  std::string said_;
  Owned<xsltSecurityPrefs> prefs_;
  Owned<xsltStylesheet> sheet_;
  NodeNumbers numbers_;
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
  const auto method =
      sheet.named(run_apart(limits, [&] { return Processor().compile(sheet.text_); }));
  if (!method) return method.error();
  sheet.suffix_ = *method;
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
