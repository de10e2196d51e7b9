#include "tests/export/sample_slices.hpp"

#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/slice_builder.hpp"

namespace mgc::test {
namespace {

using std::literals::operator""s;

void act_as(db::ComplianceEvent& event, const std::string& name) {
  event.actor_uri = "sip:" + name + "@example.org";
  event.actor_name = name;
  event.actor_email = name + "@example.org";
}

std::vector<std::string> hostile_texts() {
  return {"=HYPERLINK(\"http://example.org\")",
          "+1",
          "-1+2",
          "@SUM(A1)",
          "\t=1",
          "  =1",
          "'=1",
          "'tis",
          "a,b;c\"d\"",
          "two\r\nlines",
          "three\nfour\rfive",
          "\r\nBcc: mallory@example.org",
          "\r\n.\r\nQUIT\r\n",
          "\nFrom mallory Thu Jan  1 00:00:00 1970\n",
          "From here on",
          ".",
          "..",
          "--\r\n--boundary--\r\n",
          "\x1b]0;title\x07",
          "\xC2\x9B"
          "31m",
          "\xE2\x80\xAEgnp.exe",
          "\xE2\x81\xA7"
          "isolate",
          "nul\0nul"s,
          "\x01\x02\x08\x0B\x0C\x1F\x7F",
          "<b>&amp;</b><!-- --><script>alert(1)</script>",
          "</Content></Message><Message>",
          "]]>",
          "</span></li></ul></body></html>",
          "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
          "&#0; &#13; &lt; \\u0000 \\x00 %00",
          "../../etc/passwd",
          "C:\\aux\\con.txt",
          "\xE2\x80\xA8\xE2\x80\xA9 \xC2\x85",
          "\xFE\xFF\xC0\xAF",
          "\xED\xA0\x80 \xED\xBF\xBF",
          "\xEF\xBF\xBE \xEF\xBF\xBF \xEF\xBF\xBD \xEF\xBB\xBF",
          "\xF4\x90\x80\x80",
          "\xF0\x9F\x98\x80",
          "\x14"
          "column\x14",
          "\xC3\xBE"
          "quoted\xC3\xBE\x14\xC3\xBE",
          "registered \xC2\xAE sign",
          "=?utf-8?B?aGVsbG8=?= =?utf-8?Q?x?=",
          "  blanks about  ",
          "",
          "\n",
          "\r",
          "{\"version\":\"2.0.0\"}",
          std::string(1 << 20, 'x'),
          std::string(1 << 19, '<') + std::string(1 << 19, '\0'),
          std::string(400'000, '\n')};
}

/// Short texts of any bytes. std::mt19937 is the same everywhere; distributions are not.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : numbers_(seed) {}

  std::size_t below(std::size_t limit) { return numbers_() % limit; }
  std::string text(std::size_t least) {
    static const std::string marks =
        "\r\n\t \0<>&\"'=+-@;:,.\x14\x1B/\\#%{}\xC3\xBE\xC2\xAE\xE2\x80\xAE\xEF\xBF\xBE"s;
    std::string out;
    const std::size_t length = least + below(30);
    while (out.size() < length) {
      const std::size_t choice = below(4);
      if (choice == 0) out.push_back(static_cast<char>(below(256)));
      if (choice == 1) out.push_back(marks[below(marks.size())]);
      if (choice >= 2) out.push_back(static_cast<char>('a' + below(26)));
    }
    return out;
  }
  std::optional<std::string> optional_text(std::size_t least) {
    if (below(4) == 0) return std::nullopt;
    return text(least);
  }

 private:
  std::mt19937 numbers_;
};

}  // namespace

audit::Slice everyday_slice() {
  SliceBuilder builder;
  builder.has_present("zoe").has_present("bert");
  builder.add("JOIN");
  builder.post("hello, everybody");
  act_as(builder.post("hello, Anna"), "bert");
  builder.add("EDIT", "hello, all").chat_id = 2;
  builder.add("DELETE", "[removed]").chat_id = 3;
  auto& upload = builder.add("FILEUPLOAD", "the plan");
  upload.file_name = "plan 2006.pdf";
  upload.file_sha256 = Bytes(32, '\xAB');
  auto& download = builder.add("FILEDOWNLOAD");
  act_as(download, "zoe");
  download.file_name = "plan 2006.pdf";
  builder.add("BACKCHAT", "plan");
  for (const char* kind : {"PURGE", "INVITE", "ROOM", "MEMBERSHIP", "PERSON", "UNKNOWN(77)"}) {
    builder.add(kind, std::string("of ") + kind);
  }
  auto& notice = builder.add("NOTICE", "the server stops at six");
  notice.actor_uri = notice.actor_name = notice.actor_email = std::nullopt;
  auto& node = builder.add("NODE");
  node.room_uri = node.room_name = node.actor_uri = node.actor_name = node.actor_email =
      std::nullopt;
  auto& person = builder.add("PERSON");
  person.room_uri = person.room_name = std::nullopt;
  auto& other = builder.post("in another room, by somebody who never came in");
  act_as(other, "carl");
  other.actor_email = "";
  other.room_uri = "ma-chan://example.org/empty";
  other.room_name = "";
  act_as(builder.add("PART"), "bert");
  act_as(builder.add("PART"), "nobody");
  builder.post("good night");
  return builder.slice();
}

audit::Slice hostile_slice() {
  SliceBuilder builder;
  builder.slice().lane = "lane/../with \"marks\"\n";
  const std::vector<std::string> texts = hostile_texts();
  for (const std::string& text : texts) builder.post(text).lane = builder.slice().lane;
  for (const std::string& text : texts) {
    if (text.size() > 20'000) continue;
    auto& event = builder.add("FILEUPLOAD", text);
    event.lane = builder.slice().lane;
    event.node = text;
    event.actor_name = event.actor_email = text;
    event.actor_uri = text.empty() ? "sip:x@example.org" : text;
    event.room_name = text;
    event.file_name = text;
    event.file_sha256 = Bytes(32, '\0');
  }
  const std::string long_name(10'000, 'n');
  for (const std::string& room :
       {"../../etc"s, "/"s, ".."s, "a/b\\c"s, "\r\nBcc: x"s, "=1"s, "\0"s, "\xFF"s, "\xC3\xBE\x14"s,
        long_name, long_name + "\xE2\x82\xAC"}) {
    for (const char* kind : {"JOIN", "CHAT", "BACKCHAT", "EDIT", "PART"}) {
      auto& event = builder.add(kind, "in " + room.substr(0, 20));
      event.lane = builder.slice().lane;
      event.room_uri = event.room_name = room;
      event.actor_uri = event.actor_name = event.actor_email = room;
    }
    builder.slice().present[room].push_back(
        {"sip:anna@example.org", room, room, utc_from_micros(0)});
    builder.slice().present[room].push_back({room + "2", room, "", utc_from_micros(0)});
  }
  builder.add("CHAT", "the first of times").occurred_at = utc_from_micros(kUtcMicrosMin);
  builder.add("CHAT", "the last of times").occurred_at = utc_from_micros(kUtcMicrosMax);
  for (auto& event : builder.slice().events) event.lane = builder.slice().lane;
  return builder.slice();
}

audit::Slice long_slice(int count) {
  SliceBuilder builder;
  builder.has_present("anna").has_present("bert").has_present("carl");
  for (int i = 0; i < count; ++i) {
    auto& event = builder.post("post " + std::to_string(i));
    event.occurred_at = utc_from_micros(kSliceBegin + i * (3 * 86'400'000'000 / count));
    act_as(event, "person-" + std::to_string(i % 7));
  }
  return builder.slice();
}

audit::Slice random_slice(unsigned seed) {
  constexpr const char* kKinds[] = {
      "JOIN", "PART",   "CHAT",   "CHAT",  "BACKCHAT",   "FILEUPLOAD", "FILEDOWNLOAD",
      "EDIT", "DELETE", "NOTICE", "PURGE", "MEMBERSHIP", "UNKNOWN(99)"};
  RandomTexts random(seed);
  SliceBuilder builder;
  builder.slice().lane = random.text(1);
  std::vector<std::string> rooms, people;
  for (int i = 0; i < 5; ++i) rooms.push_back(random.text(1));
  for (int i = 0; i < 8; ++i) people.push_back(random.text(1));
  for (int i = 0; i < 200; ++i) {
    auto& event = builder.add(kKinds[random.below(std::size(kKinds))], random.text(0));
    event.lane = builder.slice().lane;
    event.room_uri = event.room_name = event.actor_uri = std::nullopt;
    event.actor_name = event.actor_email = std::nullopt;
    if (random.below(8) > 0) {
      event.room_uri = rooms[random.below(rooms.size())];
      event.room_name = random.optional_text(0);
    }
    if (random.below(8) > 0) {
      event.actor_uri = people[random.below(people.size())];
      event.actor_name = random.optional_text(0);
      event.actor_email = random.optional_text(0);
    }
    event.file_name = random.optional_text(0);
    if (random.below(2) == 0) event.file_sha256 = random.text(32).substr(0, 32);
    event.node = random.text(1);
    event.chat_id = static_cast<std::int64_t>(random.below(1000));
    event.occurred_at += std::chrono::hours(random.below(48));
  }
  for (const auto& event : builder.slice().events) {
    if (!event.room_uri) continue;
    auto& present = builder.slice().present[*event.room_uri];
    if (!present.empty()) continue;
    for (std::size_t i = 0; i < 3; ++i) {
      present.push_back({people[i], random.text(0), random.text(0), utc_from_micros(0)});
    }
  }
  return builder.slice();
}

}  // namespace mgc::test
