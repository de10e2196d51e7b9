#include <gtest/gtest.h>

#include "tests/unit/producer/log_lines.hpp"

namespace mgc::producer {
namespace {

using test::LineCase;

std::variant<schema::Event, Reject> read_one(const std::string& line) {
  LogParser parser(LogFormat::jsonl, test::log_of_march());
  return parser.parse(line, 1);
}

TEST(JsonlFormat, ReadsKeysAndTheirAliases) {
  const std::vector<LineCase> cases = {
      {R"({"time":"2020-01-02T03:04:05Z","kind":"CHAT","room":"General","actor":"anna",)"
       R"("text":"hi"})",
       "2020-01-02T03:04:05 CHAT anna>- General | hi"},
      {R"({"ts":1577934245,"nick":"anna","channel":"#c","msg":"hi"})",
       "2020-01-02T03:04:05 CHAT anna>- #c | hi"},
      {R"({"timestamp":1577934245000,"user":"anna","message":"no room"})",
       "2020-01-02T03:04:05 CHAT anna>- #mgc | no room"},
      {R"({"ts":"1577934245.000100","from":"anna","body":"slack"})",
       "2020-01-02T03:04:05 CHAT anna>- #mgc | slack"},
      {R"({"date":"2020-01-02","time":"03:04","sender":"anna","content":"two keys"})",
       "2020-01-02T03:04:00 CHAT anna>- #mgc | two keys"},
      {R"({"time":"2020-01-02T05:04:05+02:00","type":"join","author":"anna"})",
       "2020-01-02T03:04:05 JOIN anna>- #mgc | "},
      {R"({"time":1577934245.5,"type":"kick","nick":"anna","target":"bob","text":"out"})",
       "2020-01-02T03:04:05 PART anna>bob #mgc | out"},
      {R"({"time":0,"kind":"action","nick":"anna","text":"waves"})",
       "1970-01-01T00:00:00 CHAT/me anna>- #mgc | waves"},
      {R"({"time":0,"nick":"anna","text":"waves","action":true})",
       "1970-01-01T00:00:00 CHAT/me anna>- #mgc | waves"},
      {R"({"time":0,"kind":"system","text":"up"})", "1970-01-01T00:00:00 NOTICE ->- #mgc | up"},
      {R"({"time":0,"kind":"rename","nick":"a","to":"b"})",
       "1970-01-01T00:00:00 PERSON a>b #mgc | "},
  };
  for (const LineCase& each : cases) {
    EXPECT_EQ(test::describe(read_one(each.line)), each.expected) << each.line;
  }
}

TEST(JsonlFormat, RefusesWhatDoesNotFitWithTheReason) {
  const std::vector<LineCase> cases = {
      {R"({"kind":"CHAT","nick":"a","text":"x"})", "REJECT no time"},
      {R"({"time":null,"nick":"a","text":"x"})", "REJECT no time"},
      {R"({"time":"yesterday","nick":"a","text":"x"})", "REJECT a time that cannot be read"},
      {R"({"time":[1],"nick":"a","text":"x"})", "REJECT a time that cannot be read"},
      {R"({"time":1e300,"nick":"a","text":"x"})", "REJECT a time that cannot be read"},
      {R"({"time":18446744073709551615,"nick":"a","text":"x"})",
       "REJECT a time that cannot be read"},
      {R"({"time":0,"kind":"explode","nick":"a"})", "REJECT an unknown kind"},
      {R"({"time":0,"kind":"NODE"})", "REJECT an unknown kind"},
      {R"({"time":0,"kind":7,"nick":"a"})", "REJECT a kind that is not text"},
      {R"({"time":0,"nick":"a"})", "REJECT no kind"},
      {R"({"time":0,"text":"x"})", "REJECT no actor"},
      {R"({"time":0,"nick":{"id":1},"text":"x"})", "REJECT an actor that is not text"},
      {R"({"time":0,"nick":"a","text":["x"]})", "REJECT a text that is not text"},
      {R"({"time":0,"nick":"a","text":"x","chat_id":-1})", "REJECT a chat id that is not a number"},
      {R"({"time":0,"kind":"upload","nick":"a","file":{"sha256":"zz"}})",
       "REJECT a file sha256 of a wrong form"},
      {R"([1,2])", "REJECT not a JSON object"},
      {R"({"time":0,)", "REJECT not a JSON object"},
      {"not json", "REJECT not a JSON object"},
      {R"({"time":1e999,"nick":"a","text":"x"})", "REJECT not a JSON object"},
      {R"({"a":)" + std::string(100'000, '['), "REJECT JSON nested too deeply"},
  };
  for (const LineCase& each : cases) {
    EXPECT_EQ(test::describe(read_one(each.line)), each.expected) << each.line.substr(0, 80);
  }
}

TEST(JsonlFormat, KeepsUrisFilesAndChatIds) {
  const auto event = std::get<schema::Event>(
      read_one(R"({"time":0,"kind":"upload","room":"ma-chan://x.org/7","room_name":"Deals",)"
               R"("actor":"sip:anna@x.org","actor_name":"Anna","actor_email":"anna@x.org",)"
               R"("chat_id":12,"file":{"name":"a.pdf","size":5,"url":"http://f/1","sha256":")" +
               std::string(64, 'a') + R"("}})"));
  EXPECT_EQ(event.room->uri, "ma-chan://x.org/7");
  EXPECT_EQ(event.room->name, "Deals");
  EXPECT_EQ(event.actor->uri, "sip:anna@x.org");
  EXPECT_EQ(event.actor->name, "Anna");
  EXPECT_EQ(event.actor->email, "anna@x.org");
  EXPECT_EQ(event.chat_id, 12);
  EXPECT_EQ(event.file->size, 5U);
  EXPECT_EQ(event.file->sha256, Bytes(32, '\xaa'));
  EXPECT_EQ(event.kind, schema::EventKind::file_upload);
}

TEST(JsonlFormat, NamesSomebodyKnownByUriAloneByTheUsersPart) {
  const auto event = std::get<schema::Event>(
      read_one(R"({"time":0,"actor":"sip:anna@x.org","text":"\u0000 stays"})"));
  EXPECT_EQ(event.actor->name, "anna");
  EXPECT_EQ(event.content, std::string("\0 stays", 7));
}

}  // namespace
}  // namespace mgc::producer
