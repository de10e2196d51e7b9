#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <memory>

#include "app/command.hpp"
#include "app/query_flags.hpp"
#include "app/search_output.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

struct SearchFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  QueryFlags query;
  std::uint32_t limit = 100;
  std::uint32_t context = 0;
  HitFormat format = HitFormat::transcript;
  bool json = false;
};

constexpr std::uint32_t kEventsMax = 100'000;

Result<SearchPage> find(db::ComplianceReader& reader, const SearchFlags& flags) {
  auto query = read_query(flags.query);
  if (!query) return query.error();
  query->limit = flags.limit;
  auto hits = reader.search(*query);
  if (!hits) return hits.error();
  SearchPage page = page_of(std::move(*hits), flags.limit);
  if (flags.context > 0) {
    auto context = reader.context(page.hits, flags.context);
    if (!context) return context.error();
    page.context = std::move(*context);
  }
  return page;
}

/// With those around the hits.
std::uint64_t events_of(const SearchPage& page) {
  if (!page.context) return page.hits.size();
  std::uint64_t events = 0;
  for (const db::ContextGroup& group : *page.context) events += group.size();
  return events;
}

int search(const SearchFlags& flags, Seen& seen) {
  const std::uint64_t shown = std::uint64_t{flags.limit} * (2 * flags.context + 1);
  if (shown > kEventsMax) {
    return report(Error{Action::stop, fmt::format("--limit {} with --context {} may be {} events; "
                                                  "at most {} are shown",
                                                  flags.limit, flags.context, shown, kEventsMax)});
  }
  if (flags.context > 0 && flags.format == HitFormat::csv && !flags.json) {
    return report(Error{Action::stop, "--format csv has no place for --context; take jsonl"});
  }
  auto reader = db::ComplianceReader::open(flags.mgccomp);
  if (!reader) return report(reader.error());
  const auto page = find(**reader, flags);
  if (!page) return report(page.error());
  seen.events = events_of(*page);
  if (flags.json) {
    print_result(true, page_json(*page), "");
    return kExitFine;
  }
  const std::string text = page_text(*page, flags.format);
  const bool is_for_people =
      flags.format == HitFormat::transcript || flags.format == HitFormat::table;
  // On a terminal somebody reads it; elsewhere it is exact.
  const bool is_exact = flags.format != HitFormat::csv || ::isatty(STDOUT_FILENO) == 0;
  fmt::print(stdout, "{}", is_exact ? text : printable_lines(text));
  fmt::print(is_for_people ? stdout : stderr, "{}\n", page_end(*page));
  return kExitFine;
}

}  // namespace

void add_search_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<SearchFlags>();
  CLI::App* command = audit_app.add_subcommand("search", "Find events");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  add_query_flags(*command, flags->query);
  command->add_option("--limit", flags->limit, "Most hits")
      ->check(CLI::Range(1U, kEventsMax))
      ->capture_default_str();
  command
      ->add_option("--context", flags->context,
                   "So many events of the room before and after each hit, which has > before it")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  const std::map<std::string, HitFormat> formats = {{"transcript", HitFormat::transcript},
                                                    {"table", HitFormat::table},
                                                    {"jsonl", HitFormat::jsonl},
                                                    {"csv", HitFormat::csv}};
  CLI::Option* format =
      command
          ->add_option("--format", flags->format,
                       "transcript: a line each; table: contents cut off; jsonl: exact, a document "
                       "a line; csv: for spreadsheets, no cell is a formula")
          ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
          ->default_str("transcript");
  command->add_flag("--json", flags->json, "One JSON document on stdout")->excludes(format);
  command->callback([&context, flags] {
    context.run = [&context, flags] { return search(*flags, context.seen); };
  });
}

}  // namespace mgc::app
