#include "audit/formats/globalrelay_html.hpp"

#include "audit/formats/fields.hpp"
#include "audit/formats/markup_writer.hpp"

namespace mgc::audit {
namespace {

using Html = MarkupWriter;
constexpr auto kHtml = MarkupWriter::Language::html;

/// Text of people in an element of `name`: `bdi`, so that it ends where the element does.
void add_text(Html& html, const char* name, const char* style, std::string_view text) {
  html.open(name);
  html.attribute("class", style);
  html.element("bdi", text);
  html.close();
}

void add_plain(Html& html, const char* name, const char* style, const std::string& text) {
  html.open(name);
  html.attribute("class", style);
  html.text(text);
  html.close();
}

std::string seconds_between(UtcTime from, UtcTime to) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(to - from);
  return std::to_string(seconds.count()) + " seconds";
}

void add_fact(Html& html, const char* name, const std::string& text) {
  html.open("li");
  html.element("b", std::string(name) + ": ");
  html.element("bdi", text);
  html.close();
}

}  // namespace

Bytes person_html(const MailPerson& one, UtcTime ended) {
  ExactText exact;
  const std::string uri = exact.shown("actor_uri", one.person.uri);
  const std::string name = exact.shown("actor_name", one.person.name);
  const std::string email = exact.shown("actor_email", one.person.email);
  Html html(kHtml);
  html.open("tr");
  html.attribute("class", "participant-row");
  if (!exact.changed().empty()) html.attribute("data-mgc-base64", exact.changed());
  add_text(html, "td", "userid", uri);
  add_text(html, "td", "username", name);
  add_plain(html, "td", "usertype", "user");
  add_text(html, "td", "email", email);
  add_plain(html, "td", "joined", format_utc(one.person.joined_at));
  add_plain(html, "td", "left", one.left_at ? format_utc(*one.left_at) : "");
  add_plain(html, "td", "duration",
            seconds_between(one.person.joined_at, one.left_at.value_or(ended)));
  add_plain(html, "td", "messages", std::to_string(one.messages));
  html.close();
  return html.finish();
}

Bytes event_html(const db::ComplianceEvent& event) {
  const ShownEvent shown = shown_event(event);
  Html html(kHtml);
  html.open("li");
  html.attribute("class", "message");
  for (const Field& field : shown.fields) {
    if (field.value.empty() || field.name == "content") continue;
    html.attribute("data-mgc-" + std::string(field.name), field.value);
  }
  if (!shown.changed.empty()) html.attribute("data-mgc-base64", shown.changed);
  add_plain(html, "span", "post_id", event.chat_id == 0 ? "" : shown["chat_id"]);
  add_plain(html, "span", "sent_time", shown["occurred_at"]);
  add_text(html, "span", "username", shown["actor_name"]);
  add_text(html, "span", "userid", shown["actor_uri"]);
  add_text(html, "span", "email", shown["actor_email"]);
  add_text(html, "span", "kind", shown["kind"]);
  add_text(html, "span", "file", shown["file_name"]);
  html.open("bdi");
  html.attribute("class", "message");
  html.attribute("style", "white-space: pre-wrap");
  html.text(shown["content"]);
  html.close();
  html.close();
  return html.finish();
}

Bytes mail_html(const MailSummary& summary, ByteView people, ByteView events) {
  ExactText exact;
  const std::string title = exact.shown("title", summary.title);
  Html html(kHtml);
  html.open("html");
  html.open("body");
  html.open("h1");
  html.text("Compliance export: ");
  html.element("bdi", title);
  html.close();
  html.element("h2", "Conversation Summary");
  html.open("div");
  html.attribute("class", "summary-list");
  html.open("ul");
  add_fact(html, "ChannelId", exact.shown("room_uri", summary.room_uri));
  add_fact(html, "ChannelName", exact.shown("room_name", summary.room_name));
  add_fact(html, "ChannelDisplayName", title);
  add_fact(html, "Started", format_utc(summary.started));
  add_fact(html, "Ended", format_utc(summary.ended));
  add_fact(html, "Duration", seconds_between(summary.started, summary.ended));
  html.close();
  html.close();
  html.open("table");
  html.attribute("class", "participants");
  html.insert(people);
  html.close();
  html.element("h2", "Messages");
  html.open("ul");
  html.attribute("class", "messages");
  html.insert(events);
  html.close();
  html.close();
  html.close();
  return html.finish();
}

}  // namespace mgc::audit
