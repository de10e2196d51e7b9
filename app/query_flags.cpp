#include "app/query_flags.hpp"

#include <fmt/format.h>

#include "core/words.hpp"

namespace mgc::app {

void add_query_flags(CLI::App& command, QueryFlags& flags) {
  command.add_option("--room", flags.room, "Address or name of the room");
  command.add_option("--person", flags.person, "Address, name or e-mail of who did it");
  command.add_option("--kind", flags.kinds, "JOIN, PART, CHAT, ...; may be given more than once");
  command.add_option("--since", flags.since, "Not before this time (UTC)");
  command.add_option("--until", flags.until, "Before this time (UTC)");
  command.add_option("--text", flags.text, "Part of the content, any case");
  command.add_option("--word", flags.words,
                     "Whole word of the content, any case; may be given more than once");
  command.add_option("--after", flags.after, "Only events with a larger event_id: the next page");
}

Result<db::EventQuery> read_query(const QueryFlags& flags) {
  db::EventQuery query;
  if (!flags.room.empty()) query.room = flags.room;
  if (!flags.person.empty()) query.person = flags.person;
  if (!flags.text.empty()) query.text = flags.text;
  for (const std::string& word : flags.words) {
    if (words_of(word).empty()) {
      return Error{Action::stop, fmt::format("--word {}: a letter or digit is wanted", word)};
    }
  }
  query.words = flags.words;
  for (const std::string& name : flags.kinds) {
    const auto kind = schema::kind_from_name(name);
    if (!kind) return Error{Action::stop, fmt::format("--kind {}: there is no such kind", name)};
    query.kinds.push_back(*kind);
  }
  const auto read_time = [](const char* flag, const std::string& text,
                            std::optional<UtcTime>& into) -> Result<void> {
    if (text.empty()) return {};
    into = parse_utc(text);
    if (into) return {};
    return Error{Action::stop, fmt::format("{} {}: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS[Z|+HH:MM] is "
                                           "wanted",
                                           flag, text)};
  };
  if (auto since = read_time("--since", flags.since, query.since); !since) return since.error();
  if (auto until = read_time("--until", flags.until, query.until); !until) return until.error();
  if (flags.after >= 0) query.after_event_id = static_cast<std::uint64_t>(flags.after);
  return query;
}

}  // namespace mgc::app
