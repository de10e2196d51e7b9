#include "audit/formats/mattermost_csv.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "audit/csv.hpp"
#include "audit/formats/fields.hpp"
#include "audit/formats/rooms.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kColumns =
    "Post Creation Time,Post Update Time,Post Update Type,Team Id,Team Name,Team Display Name,"
    "Channel Id,Channel Name,Channel Display Name,Channel Type,User Id,User Email,Username,Post Id,"
    "Edited By Post Id,Replied to Post Id,Post Message,Post Type,User Type,Previews Post Id";
/// What the columns above have already.
constexpr std::string_view kElsewhere[] = {"room_uri",   "room_name",   "actor_uri",
                                           "actor_name", "actor_email", "content"};

bool is_elsewhere(std::string_view field) {
  return std::ranges::find(kElsewhere, field) != std::end(kElsewhere);
}

/// The columns of Mattermost that are not always empty.
struct Post {
  std::string created, updated, update_type;
  std::string channel_id, channel_name;
  std::string user_id, user_email, user_name;
  std::string id, message, type;
};

/// Columns that a persistent chat has nothing for are empty.
std::string line_of(const Post& post, const std::vector<std::string>& own_cells) {
  const std::string user_type = post.user_id.empty() ? "" : "user";
  std::vector<std::string_view> cells = {post.created, post.updated, post.update_type};
  cells.insert(cells.end(), {"", "", "", post.channel_id, post.channel_name, post.channel_name});
  cells.insert(cells.end(), {"", post.user_id, post.user_email, post.user_name, post.id});
  cells.insert(cells.end(), {"", "", post.message, post.type, user_type, ""});
  cells.insert(cells.end(), own_cells.begin(), own_cells.end());
  std::string line;
  std::string_view comma;
  for (const std::string_view cell : cells) {
    line.append(comma).append(csv_cell(cell));
    comma = ",";
  }
  return line.append("\r\n");
}

std::string post_type(const std::string& kind) {
  if (kind == "CHAT" || kind == "EDIT" || kind == "DELETE") return "message";
  if (kind == "JOIN") return "enter";
  if (kind == "PART") return "leave";
  if (kind == "FILEUPLOAD") return "attachment";
  std::string lower = kind;
  std::ranges::transform(lower, lower.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return lower;
}

std::string event_line(const db::ComplianceEvent& event) {
  const bool is_file = event.kind == "FILEUPLOAD" || event.kind == "FILEDOWNLOAD";
  const ShownEvent shown = shown_event(event);
  Post post;
  post.created = post.updated = std::to_string(to_millis(event.occurred_at));
  if (event.kind == "EDIT") post.update_type = "EditedNewMsg";
  if (event.kind == "DELETE") post.update_type = "Deleted";
  post.channel_id = shown["room_uri"];
  post.channel_name = shown["room_name"];
  post.user_id = shown["actor_uri"];
  post.user_email = shown["actor_email"];
  post.user_name = shown["actor_name"];
  if (event.chat_id != 0) post.id = post.channel_id + '/' + shown["chat_id"];
  post.message = shown[is_file ? "file_name" : "content"];
  post.type = post_type(shown["kind"]);
  std::vector<std::string> own_cells;
  for (const Field& field : shown.fields) {
    if (!is_elsewhere(field.name)) own_cells.push_back(field.value);
  }
  own_cells.push_back(is_file ? shown["content"] : "");
  own_cells.push_back(shown.changed);
  return line_of(post, own_cells);
}

std::string presence_lines(const RoomEvents& room, std::size_t own_columns) {
  const Attendance before(*room.present);
  std::string lines;
  for (const auto& [uri, person] : before.now()) {
    ExactText exact;
    Post post;
    post.created = std::to_string(to_millis(room.events.front()->occurred_at));
    post.updated = "0";
    post.channel_id = exact.shown("room_uri", *room.uri);
    post.channel_name = exact.shown("room_name", room.name);
    post.user_id = exact.shown("actor_uri", uri);
    post.user_email = exact.shown("actor_email", person.email);
    post.user_name = exact.shown("actor_name", person.name);
    post.type = "previously-joined";
    std::vector<std::string> own_cells(own_columns);
    own_cells.back() = exact.changed();
    lines += line_of(post, own_cells);
  }
  return lines;
}

std::vector<std::string> own_columns() {
  std::vector<std::string> names;
  for (const Field& field : event_fields({})) {
    if (!is_elsewhere(field.name)) names.push_back("mgc_" + std::string(field.name));
  }
  names.insert(names.end(), {"mgc_content", "mgc_base64"});
  return names;
}

std::string posts_of(const Slice& slice, const std::vector<RoomEvents>& rooms) {
  const std::vector<std::string> columns = own_columns();
  std::string text(kColumns);
  for (const std::string& column : columns) text.append(",").append(column);
  text += "\r\n";
  auto next_room = rooms.begin();  // they are in order of their first events
  for (const db::ComplianceEvent& event : slice.events) {
    if (next_room != rooms.end() && next_room->events.front() == &event) {
      text += presence_lines(*next_room, columns.size());
      ++next_room;
    }
    text += event_line(event);
  }
  return text;
}

std::int64_t count_of(const RoomEvents& room, std::string_view kind) {
  return std::ranges::count(room.events, kind, &db::ComplianceEvent::kind);
}

std::string metadata_of(const Slice& slice, const std::vector<RoomEvents>& rooms) {
  const auto span_of = [](const auto& events, auto time_of) {
    const auto [first, last] = std::ranges::minmax_element(events, {}, time_of);
    return std::pair(to_millis(time_of(*first)), to_millis(time_of(*last)));
  };
  const auto [slice_start, slice_end] =
      span_of(slice.events, [](const db::ComplianceEvent& event) { return event.occurred_at; });
  json channels = json::object();
  std::int64_t messages = 0, attachments = 0;
  for (const RoomEvents& room : rooms) {
    if (!room.uri) continue;
    const auto [start, end] =
        span_of(room.events, [](const db::ComplianceEvent* event) { return event->occurred_at; });
    channels[*room.uri] = {{"TeamId", nullptr},
                           {"TeamName", nullptr},
                           {"TeamDisplayName", nullptr},
                           {"ChannelId", *room.uri},
                           {"ChannelName", room.name},
                           {"ChannelDisplayName", room.name},
                           {"ChannelType", ""},
                           {"RoomId", *room.uri},
                           {"StartTime", start},
                           {"EndTime", end},
                           {"MessagesCount", count_of(room, "CHAT")},
                           {"AttachmentsCount", count_of(room, "FILEUPLOAD")}};
    messages += count_of(room, "CHAT");
    attachments += count_of(room, "FILEUPLOAD");
  }
  const json metadata = {{"Channels", channels},
                         {"MessagesCount", messages},
                         {"AttachmentsCount", attachments},
                         {"StartTime", slice_start},
                         {"EndTime", slice_end}};
  return metadata.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace

Result<std::vector<OutputFile>> mattermost_csv(const Slice& slice) {
  const std::vector<RoomEvents> rooms = rooms_of(slice);
  const std::string folder = slice_name(slice);
  return std::vector<OutputFile>{{folder + "/posts.csv", posts_of(slice, rooms)},
                                 {folder + "/metadata.json", metadata_of(slice, rooms)}};
}

}  // namespace mgc::audit
