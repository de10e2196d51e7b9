#include "audit/formats/lync_xml_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "core/utf8.hpp"
#include "schema/running_sha256.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

/// Before the root element; nobody needs so much there.
constexpr std::uint64_t kPrologMax = std::uint64_t{64} << 10;
constexpr std::uint64_t kProgressBytes = std::uint64_t{64} << 10;
constexpr std::size_t kLeftOutShown = 200;
/// The format nests five deep.
constexpr std::size_t kDepthMax = 16;
constexpr std::string_view kInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// The attributes that are read, or known and not needed.
bool is_known(std::string_view element, std::string_view attribute) {
  static const std::map<std::string_view, std::vector<std::string_view>> known = {
      {"Conversations", {"lane", "escaped"}},
      {"Channel", {"uri", "name", "escaped"}},
      {"Message", {"type", "content", "id", "eventId", "sha256", "file", "text", "escaped"}},
      {"Event", {"type", "content", "id", "eventId", "sha256", "file", "text", "escaped"}},
      {"Sender", {"UserName", "userName", "id", "email", "internal", "uri", "escaped"}},
      {"DateTimeUTC", {"since1970", "string", "long"}}};
  const auto found = known.find(element);
  return found != known.end() && std::ranges::find(found->second, attribute) != found->second.end();
}

/// What repeats what the messages say, or is said by them.
bool is_repetition(std::string_view element, std::string_view parent) {
  return parent == "Conversation" && (element == "FirstMessage" || element == "StartTimeUTC" ||
                                      element == "EndTimeUTC" || element == "Present");
}

/// A regular file, open for reading.
class OpenFile {
 public:
  static Result<OpenFile> open(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    OpenFile file(descriptor);
    if (descriptor < 0) return failure("cannot be opened", errno);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return failure("cannot be looked at", errno);
    if (!S_ISREG(status.st_mode)) return Error{Action::stop, "is no regular file"};
    return file;
  }
  static Error failure(std::string_view what, int code) {
    return {Action::stop, fmt::format("{}: {}", what, std::generic_category().message(code))};
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OpenFile& operator=(OpenFile&&) = delete;

  /// 0 at the end.
  Result<std::size_t> read(char* into, std::size_t most) {
    for (;;) {
      const ssize_t got = ::read(descriptor_, into, most);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return failure("cannot be read", errno);
    }
  }

 private:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Reads one file. The calls of libxml2 come to the static functions; nothing is thrown through it.
class Reading {
 public:
  Reading(OpenFile file, const LyncVisits& visits) : input_(std::move(file)), visits_(visits) {}

  Result<LyncFile> run();

 private:
  struct Free {
    void operator()(xmlParserCtxt* parser) const {
      // Of a document type the parser makes a document, whoever its events are for.
      xmlFreeDoc(parser->myDoc);
      parser->myDoc = nullptr;
      xmlFreeParserCtxt(parser);
    }
  };

  static int read_for(void* self, char* into, int most) noexcept {
    return static_cast<Reading*>(self)->read_to_parse(into, most);
  }
  static void begin_for(void* self, const xmlChar* name, const xmlChar* /*prefix*/,
                        const xmlChar* /*uri*/, int /*namespaces*/, const xmlChar** /*all*/,
                        int attributes, int /*defaulted*/, const xmlChar** values) noexcept {
    static_cast<Reading*>(self)->begin(view(name), attributes, values);
  }
  static void end_for(void* self, const xmlChar* /*name*/, const xmlChar* /*prefix*/,
                      const xmlChar* /*uri*/) noexcept {
    static_cast<Reading*>(self)->end();
  }
  static void text_for(void* self, const xmlChar* text, int bytes) noexcept {
    static_cast<Reading*>(self)->text(
        {reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes)});
  }
  static void doctype_for(void* self, const xmlChar* /*name*/, const xmlChar* /*external*/,
                          const xmlChar* /*system*/) noexcept {
    static_cast<Reading*>(self)->refuse(
        "it has a document type (DOCTYPE), which could define "
        "entities; none of these files has one");
  }
  static void error_for(void* self, xmlErrorPtr error) noexcept;

  int read_to_parse(char* into, int most);
  /// 0 at the end, less than 0 after an error.
  int read(char* into, int most);
  void begin(std::string_view name, int attributes, const xmlChar** values);
  void begin_root(std::string_view name);
  void begin_inner(XmlElement element, std::string_view parent);
  void begin_record(XmlElement element, bool outside_rooms);
  void end();
  void text(std::string_view text);
  [[nodiscard]] XmlElement element_of(std::string_view name, int attributes,
                                      const xmlChar** values);
  void add_to_record(XmlElement element);
  void note_left_out(std::string_view what);
  void refuse(std::string what, std::uint64_t line = 0);
  void fail(Error error);
  void parse();
  void look_behind_the_end();
  [[nodiscard]] std::uint64_t line() const {
    return parser_->input == nullptr ? 0 : static_cast<std::uint64_t>(parser_->input->line);
  }
  [[nodiscard]] bool is_over() const { return error_ || file_.fault; }

  OpenFile input_;
  const LyncVisits& visits_;
  std::unique_ptr<xmlParserCtxt, Free> parser_;
  schema::RunningSha256 sha256_;
  LyncFile file_;
  std::optional<Error> error_;  ///< ends the reading, and is not about the file's format
  std::uint64_t progress_at_ = kProgressBytes;

  bool root_seen_ = false;
  std::vector<std::string> path_;  ///< the elements that are open
  std::size_t skipped_from_ = 0;   ///< depth of the element that is skipped; 0 = none
  std::size_t record_at_ = 0;      ///< depth of the record that is open; 0 = none
  std::size_t record_bytes_ = 0;
  LyncRecord record_;
  bool has_first_message_ = false;  ///< of the conversation, as the next
  std::uint64_t records_ = 0;
};

void Reading::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Reading::refuse(std::string what, std::uint64_t line_of) {
  if (!is_over()) file_.fault = LyncFault{line_of == 0 ? line() : line_of, std::move(what)};
}

void Reading::error_for(void* self, xmlErrorPtr error) noexcept {
  if (error == nullptr || error->level == XML_ERR_WARNING) return;
  if (error->domain == XML_FROM_NAMESPACE) return;  // names are told by their local part
  std::string what = error->message == nullptr ? "it is not XML" : error->message;
  while (what.ends_with('\n')) what.pop_back();
  static_cast<Reading*>(self)->refuse(
      "it is not XML: " + printable(what),
      error->line > 0 ? static_cast<std::uint64_t>(error->line) : 0);
}

/// Once it is over the parser finds the end of the file. xmlStopParser() would free what the parser
/// reads from, and it may be called out of the middle of that.
int Reading::read_to_parse(char* into, int most) {
  if (!root_seen_ && file_.bytes > kPrologMax)
    refuse(fmt::format("no element begins in its first {} bytes", kPrologMax));
  return is_over() ? 0 : read(into, most);
}

int Reading::read(char* into, int most) {
  const auto got = input_.read(into, static_cast<std::size_t>(most));
  if (!got) {
    fail(got.error());
    return -1;
  }
  sha256_.add({into, *got});
  file_.bytes += *got;
  if (file_.bytes >= progress_at_) {
    progress_at_ = file_.bytes + kProgressBytes;
    if (auto done = visits_.progress(file_.bytes); !done) {
      fail(done.error());
      return -1;
    }
  }
  return static_cast<int>(*got);
}

void Reading::note_left_out(std::string_view what) {
  const std::string shown = printable(what.substr(0, kLeftOutShown));
  const auto known = file_.left_out.find(shown);
  if (known != file_.left_out.end()) {
    ++known->second;
  } else if (file_.left_out.size() < LyncFile::kLeftOutMax) {
    file_.left_out.emplace(shown, 1);
  }
}

XmlElement Reading::element_of(std::string_view name, int attributes, const xmlChar** values) {
  XmlElement element{std::string(name), {}};
  for (int i = 0; i < attributes; ++i, values += 5) {  // name, prefix, URI, value, its end
    if (view(values[2]) == kInstanceNamespace) continue;
    std::string attribute(view(values[0]));
    const std::string_view value(reinterpret_cast<const char*>(values[3]),
                                 static_cast<std::size_t>(values[4] - values[3]));
    if (!is_known(name, attribute)) note_left_out(element.name + "/@" + attribute);
    element.attributes.emplace_back(std::move(attribute), value);
  }
  return element;
}

void Reading::begin(std::string_view name, int attributes, const xmlChar** values) {
  if (is_over()) return;
  if (path_.size() >= kDepthMax) {
    return refuse(fmt::format("its elements are nested more than {} deep", kDepthMax));
  }
  const std::string parent = path_.empty() ? "" : path_.back();
  path_.emplace_back(name);
  if (path_.size() == 1) {
    begin_root(name);
    if (!is_over() && !file_.is_attachments) (void)element_of(name, attributes, values);
    return;
  }
  if (file_.is_attachments || skipped_from_ > 0) return;
  if (is_repetition(name, parent)) {
    has_first_message_ = has_first_message_ || name == "FirstMessage";
    skipped_from_ = path_.size();
    return;
  }
  begin_inner(element_of(name, attributes, values), parent);
}

void Reading::begin_root(std::string_view name) {
  root_seen_ = true;
  const auto* input = parser_->input->buf;
  const auto* encoder = input == nullptr ? nullptr : input->encoder;
  if (encoder != nullptr && encoder->name != nullptr) file_.encoding = encoder->name;
  file_.is_attachments = name == "Attachments";
  if (name == "Conversations" || file_.is_attachments) return;
  refuse(
      fmt::format("its root is {}; Conversations is wanted, which is what the adapter writes "
                  "without a stylesheet",
                  printable(name)));
}

void Reading::begin_inner(XmlElement element, std::string_view parent) {
  const bool tells = element.name == "Message" || element.name == "Event";
  if (record_at_ > 0) {
    add_to_record(std::move(element));
  } else if (tells && (parent == "Messages" || parent == "Conversation")) {
    begin_record(std::move(element), false);
  } else if (tells && parent == "OutsideRooms") {
    begin_record(std::move(element), true);
  } else if (element.name == "Conversation" && parent == "Conversations") {
    record_.channel.reset();
    has_first_message_ = false;
    records_ = 0;
  } else if (element.name == "Channel" && parent == "Conversation") {
    record_.channel = std::move(element);
  } else if (element.name != "Messages" && element.name != "OutsideRooms") {
    note_left_out(element.name);
    skipped_from_ = path_.size();
  }
}

void Reading::begin_record(XmlElement element, bool outside_rooms) {
  record_at_ = path_.size();
  record_.line = line();
  record_.outside_rooms = outside_rooms;
  record_.elements.clear();
  record_.fault.clear();
  record_bytes_ = 0;
  ++records_;
  add_to_record(std::move(element));
}

void Reading::add_to_record(XmlElement element) {
  if (!record_.fault.empty()) return;
  record_bytes_ += element.name.size();
  for (const auto& [name, value] : element.attributes) record_bytes_ += name.size() + value.size();
  if (record_.elements.size() == LyncRecord::kElementsMax || record_bytes_ > LyncRecord::kBytesMax)
    record_.fault = fmt::format(
        "it has more than {} elements or {} bytes; what is above that is "
        "not kept",
        LyncRecord::kElementsMax, LyncRecord::kBytesMax);
  else
    record_.elements.push_back(std::move(element));
}

void Reading::end() {
  if (is_over()) return;
  const std::size_t depth = path_.size();
  if (skipped_from_ == depth) {
    skipped_from_ = 0;
  } else if (record_at_ == depth) {
    record_at_ = 0;
    if (auto done = visits_.record(record_); !done) return fail(done.error());
  } else if (skipped_from_ == 0 && path_.back() == "Conversation" && has_first_message_ &&
             records_ == 0) {
    note_left_out("FirstMessage without Messages");
  }
  path_.pop_back();
}

void Reading::text(std::string_view text) {
  if (is_over() || file_.is_attachments || skipped_from_ > 0 || path_.empty()) return;
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos)
    note_left_out(path_.back() + "/text()");
}

void Reading::parse() {
  xmlSAXHandler calls{};
  calls.initialized = XML_SAX2_MAGIC;
  calls.startElementNs = begin_for;
  calls.endElementNs = end_for;
  calls.characters = calls.cdataBlock = text_for;
  calls.internalSubset = doctype_for;
  calls.serror = error_for;
  parser_.reset(
      xmlCreateIOParserCtxt(&calls, this, read_for, nullptr, this, XML_CHAR_ENCODING_NONE));
  if (!parser_) return fail({Action::stop, "libxml2 cannot begin to read it"});
  // NOENT: without it "&amp;" in an attribute is handed on as "&#38;". There are no entities but
  // the five of XML, because there is no document type. Not HUGE: libxml2's own limits stay.
  (void)xmlCtxtUseOptions(parser_.get(), XML_PARSE_NONET | XML_PARSE_NOENT);
  (void)xmlParseDocument(parser_.get());
  if (is_over()) return;
  if (parser_->wellFormed != 1) return refuse("it is not XML");
  look_behind_the_end();
}

/// To libxml2 a NUL behind the root element, and what follows it, are the end of the file.
void Reading::look_behind_the_end() {
  const xmlParserInput* input = parser_->input;
  const bool left = input != nullptr && input->cur < input->end;
  const auto* buffer = input == nullptr ? nullptr : input->buf;
  const bool undecoded =
      buffer != nullptr &&
      (buffer->error != 0 || (buffer->raw != nullptr && xmlBufUse(buffer->raw) > 0));
  std::array<char, 1> next{};
  const int more = left || undecoded ? 1 : read(next.data(), 1);
  if (more != 0) refuse("bytes that are not XML follow its last element");
}

Result<LyncFile> Reading::run() {
  parse();
  std::array<char, 65'536> rest{};
  int got = 1;
  while (!error_ && got > 0) got = read(rest.data(), static_cast<int>(rest.size()));
  if (error_) return *error_;
  file_.sha256 = sha256_.digest();
  return std::move(file_);
}

}  // namespace

const std::string* XmlElement::find(std::string_view attribute) const {
  const auto found = std::ranges::find(
      attributes, attribute, [](const auto& one) -> const auto& { return one.first; });
  return found == attributes.end() ? nullptr : &found->second;
}

Result<LyncFile> read_lync_xml(const fs::path& path, const LyncVisits& visits) {
  auto file = OpenFile::open(path);
  if (!file) return file.error();
  return Reading(std::move(*file), visits).run();
}

}  // namespace mgc::audit
