#include "app/query_flags.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/words.hpp"

namespace mgc::app {
namespace {

Error refused(const char* flag, std::string_view why) {
  return Error{Action::stop, fmt::format("{}: {}", flag, why)};
}

/// An empty one is a variable of a shell script that was never set: it would find everything.
Result<void> read_text(const char* flag, const QueryFlags::Text& given,
                       std::optional<std::string>& into) {
  if (given && given->empty()) return refused(flag, "it is empty");
  into = given;
  return {};
}

Result<void> read_time(const char* flag, const QueryFlags::Text& given,
                       std::optional<UtcTime>& into) {
  if (!given) return {};
  into = parse_utc(*given);
  if (into) return {};
  return Error{Action::stop, fmt::format("{} {}: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS[Z|+HH:MM] is "
                                         "wanted",
                                         flag, *given)};
}

Result<void> read_words(const std::vector<std::string>& words, db::EventQuery& query) {
  if (words.size() > kTextQueryTermsMax) {
    return refused("--word", fmt::format("at most {} are wanted", kTextQueryTermsMax));
  }
  for (const std::string& word : words) {
    if (word.size() > kTextQueryBytesMax) {
      return refused("--word", fmt::format("at most {} bytes are wanted", kTextQueryBytesMax));
    }
    if (words_of(word).empty()) {
      return Error{Action::stop, fmt::format("--word {}: a letter or digit is wanted", word)};
    }
  }
  query.words = words;
  return {};
}

Result<void> read_sha256(const std::string& hex, db::EventQuery& query) {
  Bytes digest;
  for (std::size_t at = 0; hex.size() == 64 && at < hex.size(); at += 2) {
    unsigned byte = 0;
    const char* end = hex.data() + at + 2;
    if (std::from_chars(hex.data() + at, end, byte, 16).ptr != end) break;
    digest += static_cast<char>(byte);
  }
  if (digest.size() != 32) return refused("--file-sha256", "64 hexadecimal digits are wanted");
  query.file_sha256 = std::move(digest);
  return {};
}

constexpr const char* kHelpOfQuery =
    "QUERY looks at the words of a content, in any case; what stands between words is no "
    "difference.\n"
    "  kernel panic           both words, in any order\n"
    "  \"kernel panic\"         these words, one behind the other; so are those of foo_bar\n"
    "  kern*  \"oops ker*\"     how a word begins, alone or at the end of a phrase\n"
    "  -panic  NOT panic      without; -- QUERY where QUERY begins with -\n"
    "  oops OR panic          one of them\n"
    "  (oops OR panic) -(test OR \"dry run\")\n"
    "AND, OR and NOT are in capitals; AND and OR are mixed with parentheses only. At most 64 "
    "terms\n"
    "and 4096 bytes. Symbols are no words: --text finds them.";

}  // namespace

void add_query_flags(CLI::App& command, QueryFlags& flags) {
  command.footer(kHelpOfQuery);
  command.add_option("--room", flags.room, "Address or name of the room");
  command.add_option("--person", flags.person,
                     "Who did it: an address or e-mail, for all that was done under that address "
                     "whatever the name was; or a name, for all addresses that ever had it");
  // One value each, so that a QUERY may stand behind it.
  command.add_option("--kind", flags.kinds, "JOIN, PART, CHAT, ...; may be given more than once")
      ->allow_extra_args(false);
  command.add_flag("--duties", flags.duties,
                   "Also ACCESS, HOLD, REMOVAL and REDACTION: what was done with the record");
  command.add_option("--since", flags.since, "Not before this time (UTC)");
  command.add_option("--until", flags.until, "Before this time (UTC)");
  command.add_option("--text", flags.text, "Part of the content, any case");
  command
      .add_option("--word", flags.words,
                  "Whole word of the content, any case; may be given more than once")
      ->allow_extra_args(false);
  command.add_option(
      "--after", flags.after,
      "Only events with a larger event_id: the next page; what is added meanwhile comes "
      "behind");
  command.add_option("query,--query", flags.query,
                     "Words of the content: kernel \"kernel panic\" kern* -test (a OR b)");
  command.add_option("--node", flags.node, "Id of the node that recorded it");
  command.add_option("--file-name", flags.file_name, "Part of the name of a file, any case");
  command.add_option("--file-sha256", flags.file_sha256, "SHA-256 of a file, in hexadecimal");
}

Result<db::EventQuery> read_query(const QueryFlags& flags) {
  db::EventQuery query;
  if (auto read = read_text("--room", flags.room, query.room); !read) return read.error();
  if (auto read = read_text("--person", flags.person, query.person); !read) return read.error();
  if (auto read = read_text("--text", flags.text, query.text); !read) return read.error();
  if (auto read = read_text("--node", flags.node, query.node); !read) return read.error();
  if (auto read = read_text("--file-name", flags.file_name, query.file_name); !read) {
    return read.error();
  }
  if (flags.file_sha256) {
    if (auto read = read_sha256(*flags.file_sha256, query); !read) return read.error();
  }
  if (auto read = read_words(flags.words, query); !read) return read.error();
  if (flags.query) {
    auto content = parse_text_query(*flags.query);
    if (!content) return refused("QUERY", content.error().message);
    query.content = std::move(*content);
  }
  for (const std::string& name : flags.kinds) {
    const auto kind = schema::kind_from_name(name);
    if (!kind) return Error{Action::stop, fmt::format("--kind {}: there is no such kind", name)};
    query.kinds.push_back(*kind);
  }
  query.with_duties = flags.duties;
  if (auto read = read_time("--since", flags.since, query.since); !read) return read.error();
  if (auto read = read_time("--until", flags.until, query.until); !read) return read.error();
  if (flags.after >= 0) query.after_event_id = static_cast<std::uint64_t>(flags.after);
  return query;
}

}  // namespace mgc::app
