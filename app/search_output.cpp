#include "app/search_output.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/table.hpp"
#include "audit/csv.hpp"
#include "audit/event_json.hpp"
#include "audit/transcript.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

/// Calls `show` with each event of the page, whether it is a hit, and the number of its group.
template <typename Show>
void each_event(const SearchPage& page, const Show& show) {
  if (!page.context) {
    for (const db::ComplianceEvent& hit : page.hits) show(hit, true, std::size_t{0});
    return;
  }
  for (std::size_t group = 0; group < page.context->size(); ++group) {
    for (const db::ContextEvent& one : (*page.context)[group]) {
      show(one.event, one.is_hit, group);
    }
  }
}

json context_json(const std::vector<db::ContextGroup>& context) {
  json groups = json::array();
  for (const db::ContextGroup& group : context) {
    json events = json::array();
    for (const db::ContextEvent& one : group) {
      events.push_back(audit::event_json(one.event));
      events.back()["hit"] = one.is_hit;
    }
    groups.push_back({{"lane", events.front()["lane"]},
                      {"room_uri", events.front()["room_uri"]},
                      {"events", std::move(events)}});
  }
  return groups;
}

std::string transcript(const SearchPage& page) {
  std::string text;
  std::size_t last = 0;
  each_event(page, [&](const db::ComplianceEvent& event, bool is_hit, std::size_t group) {
    if (group != last) text += "--\n";
    last = group;
    if (page.context) text += is_hit ? "> " : "  ";
    text += audit::transcript_line(event) + '\n';
  });
  return text;
}

std::string table_text(const SearchPage& page) {
  constexpr std::size_t kContentMax = 72;
  std::vector<std::string> header = {"event_id", "occurred_at", "kind", "room", "who", "content"};
  if (page.context) header.insert(header.begin(), "");
  std::vector<std::vector<std::string>> rows;
  std::size_t last = 0;
  each_event(page, [&](const db::ComplianceEvent& event, bool is_hit, std::size_t group) {
    if (group != last) rows.emplace_back(header.size());
    last = group;
    std::vector<std::string> row = {std::to_string(event.event_id),
                                    format_utc(event.occurred_at),
                                    event.kind,
                                    audit::shown_name(event.room_name, event.room_uri),
                                    audit::shown_name(event.actor_name, event.actor_uri),
                                    clipped(audit::shown_content(event), kContentMax)};
    if (page.context) row.insert(row.begin(), is_hit ? ">" : "");
    rows.push_back(std::move(row));
  });
  return rows.empty() ? "" : table(header, rows) + '\n';
}

std::string json_lines(const SearchPage& page) {
  std::string text;
  each_event(page, [&](const db::ComplianceEvent& event, bool is_hit, std::size_t group) {
    json line = audit::event_json(event);
    if (page.context) {
      line["hit"] = is_hit;
      line["group"] = group;
    }
    text += audit::json_text(line) + '\n';
  });
  return text;
}

std::string csv(const SearchPage& page) {
  std::string text = audit::csv_header();
  for (const db::ComplianceEvent& hit : page.hits) text += audit::csv_line(hit);
  return text;
}

}  // namespace

SearchPage page_of(std::vector<db::ComplianceEvent> hits, std::uint32_t limit) {
  SearchPage page;
  if (hits.size() >= limit) page.next = hits.back().event_id;
  page.hits = std::move(hits);
  return page;
}

std::string page_json(const SearchPage& page) {
  json document = {{"hits", json::array()}, {"next", page.next ? json(*page.next) : json(nullptr)}};
  for (const db::ComplianceEvent& hit : page.hits) {
    document["hits"].push_back(audit::event_json(hit));
  }
  if (page.context) document["context"] = context_json(*page.context);
  return audit::json_text(document, 2);
}

std::string page_text(const SearchPage& page, HitFormat format) {
  switch (format) {
    case HitFormat::transcript: return transcript(page);
    case HitFormat::table: return table_text(page);
    case HitFormat::jsonl: return json_lines(page);
    case HitFormat::csv: return csv(page);
  }
  return {};
}

std::string page_end(const SearchPage& page) {
  if (!page.next) return fmt::format("{} hits", page.hits.size());
  return fmt::format("{} hits; for more: --after {}", page.hits.size(), *page.next);
}

}  // namespace mgc::app
