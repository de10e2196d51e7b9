#include "audit/formats/globalrelay_eml.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/formats/fields.hpp"
#include "audit/formats/globalrelay_html.hpp"
#include "audit/formats/mail.hpp"
#include "audit/transcript.hpp"

namespace mgc::audit {
namespace {

/// What a text takes in a message, at most: its line feeds become CR LF.
std::size_t size_of(std::string_view text) {
  return mail_size(text.size() + static_cast<std::size_t>(std::ranges::count(text, '\n')));
}

/// Writes the mails of one room, one after the other.
class RoomMails {
 public:
  RoomMails(const Slice& slice, const RoomEvents& room, const GlobalRelayOptions& options,
            std::vector<OutputFile>& files)
      : slice_(slice), room_(room), options_(options), files_(files), attendance_(*room.present) {}

  Result<void> write();

 private:
  Result<void> add(const db::ComplianceEvent& event);
  Result<void> flush();
  void write_mail_of(const std::vector<MailPerson>& people, bool is_first);
  [[nodiscard]] Mail frame(const std::vector<MailPerson>& people) const;
  [[nodiscard]] MailSummary summary() const;
  [[nodiscard]] Result<std::vector<std::vector<MailPerson>>> groups() const;
  /// Participants take half of a message at most, and so do events.
  [[nodiscard]] std::size_t half() const {
    // Headers and summary have the names several times, encoded.
    const std::size_t frame = 16 * 1024 + 64 * (room_.title().size() + room_.name.size() +
                                                room_.uri.value_or("").size() + slice_.lane.size());
    return (options_.max_bytes - std::min(options_.max_bytes, frame)) / 2;
  }

  const Slice& slice_;
  const RoomEvents& room_;
  const GlobalRelayOptions& options_;
  std::vector<OutputFile>& files_;
  Attendance attendance_;
  std::size_t part_ = 0;
  std::string first_id_;  ///< the Message-ID of the mail that has the events

  // Of the mail that is being filled.
  std::vector<const db::ComplianceEvent*> events_;
  std::map<std::string, MailPerson> people_;
  std::string html_, text_;
  std::size_t bytes_ = 0;  ///< that they take, at most
};

Result<void> RoomMails::write() {
  for (const db::ComplianceEvent* event : room_.events) {
    if (auto added = add(*event); !added) return added;
  }
  return flush();
}

Result<void> RoomMails::add(const db::ComplianceEvent& event) {
  const Bytes html = event_html(event);
  const std::string text = transcript_line(event) + '\n';
  const std::size_t bytes = size_of(html) + size_of(text);
  if (bytes > half()) {
    return Error{Action::stop,
                 fmt::format("event {} of lane {} does not fit into half a mail of {} bytes; allow "
                             "larger ones",
                             event.event_id, event.lane, options_.max_bytes)};
  }
  if (bytes_ + bytes > half()) {
    if (auto flushed = flush(); !flushed) return flushed;
  }
  bytes_ += bytes;
  if (events_.empty()) {
    for (const auto& [uri, person] : attendance_.now()) people_[uri] = {person, {}, 0};
  }
  attendance_.apply(event);
  if (const auto actor = actor_of(event)) {
    MailPerson& person = people_.try_emplace(actor->uri, MailPerson{*actor, {}, 0}).first->second;
    if (event.kind == "CHAT") ++person.messages;
    if (event.kind == "JOIN") person.left_at.reset();
    if (event.kind == "PART") person.left_at = event.occurred_at;
  }
  events_.push_back(&event);
  html_ += html;
  text_ += text;
  return {};
}

MailSummary RoomMails::summary() const {
  const auto [first, last] = std::ranges::minmax_element(
      events_, {}, [](const db::ComplianceEvent* event) { return event->occurred_at; });
  return {room_.uri ? room_.title() : "no room", room_.uri.value_or(""), room_.name,
          (*first)->occurred_at, (*last)->occurred_at};
}

Result<std::vector<std::vector<MailPerson>>> RoomMails::groups() const {
  std::vector<std::vector<MailPerson>> groups(1);
  std::size_t bytes = 0;
  const UtcTime ended = summary().ended;
  for (const auto& [uri, person] : people_) {
    // Each name and address is in To as well; encoded words are twice as long.
    const std::size_t one = 2 * size_of(person_html(person, ended)) +
                            2 * (person.person.name.size() + uri.size()) + 1024;
    if (one > half()) {
      return Error{Action::stop,
                   fmt::format("somebody in the room of event {} of lane {} does not "
                               "fit into half a mail of {} bytes; allow larger ones",
                               events_.front()->event_id, slice_.lane, options_.max_bytes)};
    }
    if (groups.back().size() >= std::max<std::size_t>(options_.max_recipients, 1) ||
        bytes + one > half()) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().push_back(person);
    bytes += one;
  }
  return groups;
}

Mail RoomMails::frame(const std::vector<MailPerson>& people) const {
  const MailSummary facts = summary();
  Mail mail;
  mail.from = {"Compliance export", "nobody@people.invalid"};
  for (const db::ComplianceEvent* event : events_) {
    if (event->actor_uri) {
      mail.from = mailbox_of(people_.at(*event->actor_uri).person);
      break;
    }
  }
  for (const MailPerson& one : people) mail.to.push_back(mailbox_of(one.person));
  mail.subject = "Compliance export: " + facts.title;
  mail.date = facts.ended;
  mail.headers = {{"Auto-Submitted", "auto-generated"},
                  {"Precedence", "bulk"},
                  {"X-GlobalRelay-MsgType", options_.message_type}};
  if (room_.uri) {
    mail.headers.emplace_back("X-Mattermost-ChannelName", facts.title);
    mail.headers.emplace_back("X-Mattermost-ChannelID", facts.room_uri);
  }
  mail.headers.emplace_back("X-MGC-Lane", slice_.lane);
  mail.headers.emplace_back("X-MGC-Slice", std::to_string(slice_.number));
  mail.headers.emplace_back("X-MGC-Part", std::to_string(part_));
  mail.arrangement = "alternative";
  return mail;
}

void RoomMails::write_mail_of(const std::vector<MailPerson>& people, bool is_first) {
  ++part_;
  Mail mail = frame(people);
  if (!is_first) mail.headers.emplace_back("References", first_id_);
  std::string rows;
  for (const MailPerson& one : people) rows += person_html(one, mail.date);
  const std::string further = "Further participants of " + first_id_ + '\n';
  mail.parts = {{"text/plain", is_first ? text_ : further, ""},
                {"text/html", mail_html(summary(), rows, is_first ? html_ : ""), ""}};
  if (is_first) first_id_ = message_id(mail);
  const std::string name =
      fmt::format("{}/room-{:04}-part-{:04}.eml", slice_name(slice_), room_.ordinal, part_);
  files_.push_back({name, write_mail(mail)});
}

Result<void> RoomMails::flush() {
  const auto split = groups();
  if (!split) return split.error();
  bool is_first = true;
  for (const std::vector<MailPerson>& people : *split) {
    write_mail_of(people, is_first);
    is_first = false;
  }
  events_.clear();
  people_.clear();
  html_.clear();
  text_.clear();
  bytes_ = 0;
  return {};
}

}  // namespace

Result<std::vector<OutputFile>> globalrelay_eml(const Slice& slice,
                                                const GlobalRelayOptions& options) {
  std::vector<OutputFile> files;
  for (const RoomEvents& room : rooms_of(slice)) {
    if (auto written = RoomMails(slice, room, options, files).write(); !written)
      return written.error();
  }
  return files;
}

}  // namespace mgc::audit
