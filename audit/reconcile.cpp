#include "audit/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "db/chat_history.hpp"
#include "db/message_events.hpp"

namespace mgc::audit {
namespace {

using Kind = Disagreement::Kind;

/// The messages of one room, in order of their number.
class RoomMessages {
 public:
  explicit RoomMessages(db::ChatHistory& history) : history_(history) {}

  /// Begins with the room; nullopt: mgc has no such room.
  void enter(std::optional<std::int64_t> room_id) {
    room_id_ = room_id;
    page_.clear();
    at_ = 0;
    from_ = 1;
    ended_ = !room_id;
  }
  /// The next one; nullptr when there is none.
  [[nodiscard]] Result<db::ChatMessage*> next() {
    if (at_ < page_.size()) return &page_[at_];
    if (ended_) return nullptr;
    auto page = history_.page(*room_id_, from_);
    if (!page) return page.error();
    page_ = std::move(*page);
    at_ = 0;
    ended_ = page_.empty() || page_.back().chat_id == std::numeric_limits<std::int64_t>::max();
    if (page_.empty()) return nullptr;
    from_ = page_.back().chat_id + (ended_ ? 0 : 1);
    return page_.data();
  }
  void drop() { ++at_; }

 private:
  db::ChatHistory& history_;
  std::optional<std::int64_t> room_id_;
  std::vector<db::ChatMessage> page_;
  std::size_t at_ = 0;
  std::int64_t from_ = 1;
  bool ended_ = true;
};

/// The beginning of a text, for a finding.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kBytes = 60;
  if (text.size() <= kBytes) return fmt::format("\"{}\"", text);
  std::size_t end = kBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("\"{}...\" of {} bytes", text.substr(0, end), text.size());
}

std::string name_of(const std::optional<std::string>& author) { return author.value_or("nobody"); }

class Reconciler {
 public:
  Reconciler(db::ChatHistory& history, std::vector<db::ChatRoom> rooms, std::size_t findings_max,
             const std::function<void(std::uint64_t, std::uint64_t)>& progress)
      : history_(history),
        rooms_(std::move(rooms)),
        met_(rooms_.size(), false),
        messages_(history),
        findings_max_(findings_max),
        progress_(progress) {
    for (const db::ChatRoom& room : rooms_) total_ += static_cast<std::uint64_t>(room.last_chat_id);
  }

  /// The next event, in the order of MessageEvents.
  [[nodiscard]] Result<void> take(const db::MessageEvent& event);
  /// After the last event.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] Reconciliation& sum() { return sum_; }

 private:
  [[nodiscard]] Result<void> enter_room(const db::MessageEvent& event);
  [[nodiscard]] Result<void> leave_room();
  [[nodiscard]] Result<void> enter_message(std::int64_t chat_id);
  void leave_message();
  void take_chat(const db::MessageEvent& event);
  void take_without_message(const db::MessageEvent& event);
  void compare(const db::MessageEvent& event, const db::ChatMessage& message);
  void miss(const db::ChatMessage& message);
  void add(Kind kind, const db::MessageEvent& event, std::string what);
  void add(Disagreement finding);
  void count_message();

  db::ChatHistory& history_;
  const std::vector<db::ChatRoom> rooms_;  // in order of their id
  std::vector<bool> met_;                  // beside rooms_
  RoomMessages messages_;
  const std::size_t findings_max_;
  const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
  std::uint64_t total_ = 0;
  Reconciliation sum_;

  std::optional<std::int64_t> room_;  // as MessageEvent::room
  std::string room_uri_;
  bool room_known_ = false;        // mgc has it
  std::int64_t last_chat_id_ = 0;  // of the room, when all was begun
  std::optional<UtcTime> purged_until_;

  std::optional<std::int64_t> chat_id_;
  std::optional<db::ChatMessage> message_;  // of mgc with that number
  bool accounted_ = false;                  // a CHAT event was compared with it
  bool edited_ = false, replaced_ = false;  // an EDIT or DELETE has its content
  bool deleted_ = false;                    // there is a DELETE
};

Result<void> Reconciler::take(const db::MessageEvent& event) {
  if (room_ != event.room) {
    if (auto left = leave_room(); !left) return left;
    if (auto entered = enter_room(event); !entered) return entered;
  }
  if (event.kind == schema::EventKind::purge) {
    if (!purged_until_ || (event.purged_until && *purged_until_ < *event.purged_until)) {
      purged_until_ = event.purged_until;
    }
    return {};
  }
  if (chat_id_ != event.chat_id) {
    leave_message();
    if (auto entered = enter_message(event.chat_id); !entered) return entered;
  }
  const bool same_content = message_ && message_->content == event.content;
  if (event.kind == schema::EventKind::edit) {
    edited_ = edited_ || same_content;
  } else if (event.kind == schema::EventKind::deletion) {
    deleted_ = true;
    replaced_ = replaced_ || same_content;
  } else {
    take_chat(event);
  }
  return {};
}

Result<void> Reconciler::enter_room(const db::MessageEvent& event) {
  room_ = event.room;
  room_uri_ = event.room_uri;
  last_chat_id_ = 0;
  purged_until_.reset();
  std::optional<std::int64_t> room_id;
  if (event.room != 0) {
    const auto found = history_.find_room(event.room_uri);
    if (!found) return found.error();
    room_id = *found;
  }
  room_known_ = room_id.has_value();
  messages_.enter(room_id);
  if (!room_id) return {};
  const auto at = std::ranges::lower_bound(rooms_, *room_id, {}, &db::ChatRoom::room_id);
  if (at == rooms_.end() || at->room_id != *room_id) return {};  // made since
  met_[static_cast<std::size_t>(at - rooms_.begin())] = true;
  last_chat_id_ = at->last_chat_id;
  return {};
}

Result<void> Reconciler::leave_room() {
  leave_message();
  for (;;) {
    const auto next = messages_.next();
    if (!next) return next.error();
    if (*next == nullptr) return {};
    miss(**next);
    messages_.drop();
  }
}

Result<void> Reconciler::enter_message(std::int64_t chat_id) {
  chat_id_ = chat_id;
  for (;;) {
    const auto next = messages_.next();
    if (!next) return next.error();
    if (*next == nullptr || (*next)->chat_id > chat_id) return {};
    if ((*next)->chat_id == chat_id)
      message_ = std::move(**next);
    else
      miss(**next);
    messages_.drop();
  }
}

void Reconciler::leave_message() {
  if (message_ && !accounted_) miss(*message_);
  chat_id_.reset();
  message_.reset();
  accounted_ = edited_ = replaced_ = deleted_ = false;
}

void Reconciler::take_chat(const db::MessageEvent& event) {
  ++sum_.events;
  if (!message_) {
    take_without_message(event);
  } else if (std::exchange(accounted_, true)) {
    ++sum_.extra;
    add(Kind::extra, event, "recorded again: another event is this message already");
  } else {
    count_message();
    compare(event, *message_);
  }
}

void Reconciler::take_without_message(const db::MessageEvent& event) {
  if (deleted_) {
    ++sum_.deleted;
  } else if (purged_until_ && event.occurred_at <= *purged_until_) {
    ++sum_.purged;
  } else {
    ++sum_.extra;
    add(Kind::extra, event, room_known_ ? "mgc has no such message" : "mgc has no such room");
  }
}

void Reconciler::compare(const db::MessageEvent& event, const db::ChatMessage& message) {
  std::string what;
  const auto differs = [&what](std::string_view of, const std::string& in_mgc,
                               const std::string& recorded) {
    what +=
        fmt::format("{}{}: {} in mgc, {} recorded", what.empty() ? "" : "; ", of, in_mgc, recorded);
  };
  if (message.occurred_at != event.occurred_at) {
    differs("time", format_utc(message.occurred_at), format_utc(event.occurred_at));
  }
  if (message.author != event.author) {
    differs("author", name_of(message.author), name_of(event.author));
  }
  const bool same_content = message.content == event.content;
  if (!same_content && !edited_ && !replaced_) {
    differs("content", excerpt(message.content), excerpt(event.content));
  }
  if (!what.empty()) {
    ++sum_.different;
    add(Kind::different, event, std::move(what));
  } else if (same_content) {
    ++sum_.equal;
  } else if (edited_) {
    ++sum_.edited;
  } else {
    ++sum_.deleted;
  }
}

void Reconciler::miss(const db::ChatMessage& message) {
  if (message.chat_id > last_chat_id_) return;  // posted since
  count_message();
  ++sum_.missing;
  add({Kind::missing, room_uri_, message.chat_id, message.occurred_at, message.author, "",
       "not recorded"});
}

void Reconciler::add(Kind kind, const db::MessageEvent& event, std::string what) {
  add({kind, event.room_uri, event.chat_id, event.occurred_at, event.author, event.event,
       std::move(what)});
}

void Reconciler::add(Disagreement finding) {
  if (sum_.findings.size() < findings_max_) sum_.findings.push_back(std::move(finding));
}

void Reconciler::count_message() {
  ++sum_.messages;
  if (progress_) progress_(sum_.messages, total_);
}

Result<void> Reconciler::finish() {
  if (auto left = leave_room(); !left) return left;
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    if (met_[i] || rooms_[i].last_chat_id == 0) continue;
    auto uri = history_.room_uri(rooms_[i].room_id);
    if (!uri) return uri.error();
    room_uri_ = std::move(*uri);
    last_chat_id_ = rooms_[i].last_chat_id;
    messages_.enter(rooms_[i].room_id);
    if (auto left = leave_room(); !left) return left;
  }
  return {};
}

}  // namespace

std::string_view to_string(Disagreement::Kind kind) {
  switch (kind) {
    case Kind::missing: return "missing";
    case Kind::extra: return "extra";
    case Kind::different: return "different";
  }
  return "different";
}

Result<Reconciliation> reconcile(
    const std::string& mgc, const std::string& mgccomp, std::size_t findings_max,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  auto history = db::ChatHistory::open(mgc);
  if (!history) return history.error();
  auto rooms = history->rooms();
  if (!rooms) return rooms.error();
  // Only now: what mgc holds of these numbers had at least begun its way to mgccomp.
  auto events = db::MessageEvents::open(mgccomp);
  if (!events) return events.error();
  if (progress) progress(0, 0);
  Reconciler reconciler(*history, std::move(*rooms), findings_max, progress);
  const auto seen = events->each([&](const db::MessageEvent& event) -> Result<bool> {
    if (auto taken = reconciler.take(event); !taken) return taken.error();
    return true;
  });
  if (!seen) return seen.error();
  if (auto finished = reconciler.finish(); !finished) return finished.error();
  const auto unnumbered = events->count_unnumbered();
  if (!unnumbered) return unnumbered.error();
  const auto gaps = events->count_open_gaps();
  if (!gaps) return gaps.error();
  reconciler.sum().unnumbered = *unnumbered;
  reconciler.sum().open_gaps = *gaps;
  return std::move(reconciler.sum());
}

}  // namespace mgc::audit
