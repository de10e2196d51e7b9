#include "audit/formats/lync_xml_events.hpp"

#include "audit/formats/lync_xml.hpp"
#include "schema/event_view.hpp"
#include "tests/unit/audit/formats/lync_reading.hpp"

namespace mgc::audit {
namespace {

using test::archive;
using test::kWhen;
using test::message;

class LyncXmlEvents : public test::LyncReading {
 protected:
  /// The event of the only message of `bytes`.
  schema::EventView event_of(std::string_view bytes) {
    EXPECT_EQ(fault_of(bytes), "");
    EXPECT_EQ(records_.size(), 1U);
    auto encoded = encode_lync_record(records_.at(0), {"a.xml", 6, ""});
    EXPECT_TRUE(encoded) << encoded.error().message;
    wire_ = encoded ? *encoded : Bytes();
    return schema::view_event(wire_).value();
  }
  std::string reason_of(std::string_view bytes) {
    EXPECT_EQ(fault_of(bytes), "");
    EXPECT_EQ(records_.size(), 1U);
    const auto encoded = encode_lync_record(records_.at(0), {});
    return encoded ? "" : encoded.error().message;
  }
  std::string reason_of_when(std::string_view times) {
    return reason_of(archive(message("type='CHAT'", "<DateTimeUTC " + std::string(times) + "/>")));
  }
  UtcTime time_of(std::string_view times) {
    return event_of(archive(message("type='CHAT'", "<DateTimeUTC " + std::string(times) + "/>")))
        .occurred_at;
  }
  std::string actor_of(std::string_view sender) {
    const std::string xml = "<Message type='CHAT'><Sender " + std::string(sender) + "/>" +
                            std::string(kWhen) + "</Message>";
    return std::string(event_of(archive(xml)).actor->uri);
  }

  Bytes wire_;
};

constexpr std::int64_t kSample = 1'212'610'540'953'548;  // 2008-06-04T20:15:40.953548Z

TEST_F(LyncXmlEvents, AreWhatTheOriginalSays) {
  const auto chat = event_of(archive(message(R"(type="CHAT" content="hello" id="17")")));
  EXPECT_EQ(chat.kind, schema::EventKind::chat);
  EXPECT_EQ(chat.content, "hello");
  EXPECT_EQ(chat.chat_id, 17);
  EXPECT_EQ(to_micros(chat.occurred_at), kSample);
  EXPECT_EQ(chat.room->uri, "ma-chan://litwareinc.com/300");
  EXPECT_EQ(chat.room->name, "") << "the uri is in the place of a name";
  EXPECT_EQ(chat.actor->uri, "sip:kazuto@litwareinc.com");
  EXPECT_EQ(chat.actor->name, "Kazuto");
  EXPECT_EQ(chat.actor->email, "kazuto@litwareinc.com");
  EXPECT_FALSE(chat.actor->external);
  EXPECT_FALSE(chat.file);
  EXPECT_EQ(chat.source->file, "a.xml");
  EXPECT_EQ(chat.source->line, 6U);
  const auto upload = event_of(archive(message(R"(type="FILEUPLOAD" content="0a.txt" id="0")")));
  EXPECT_EQ(upload.kind, schema::EventKind::file_upload);
  EXPECT_EQ(upload.file->name, "0a.txt");
  EXPECT_EQ(upload.content, "");
}

TEST_F(LyncXmlEvents, HappenedInUtcWhateverTheWriting) {
  EXPECT_EQ(to_micros(time_of("long='633482073409535489'")), kSample) << "not rounded up";
  EXPECT_EQ(to_micros(time_of("string='2008-06-04T20:15:40.9535482Z'")), kSample);
  EXPECT_EQ(to_micros(time_of("string='2008-06-04T20:15:40.9535482'")), kSample) << "it is UTC";
  EXPECT_EQ(to_micros(time_of("string='2008-06-04T22:15:40.9535482+02:00'")), kSample);
  EXPECT_EQ(to_micros(time_of("since1970='1212610540953'")), kSample - 548);
  EXPECT_EQ(to_micros(time_of("since1970='-1' string='' long=''")), -1'000);
}

TEST_F(LyncXmlEvents, DoNotGuessAmongTimes) {
  for (const char* times :
       {"", "string='yesterday'", "long='-1'", "long='9223372036854775807'", "since1970='1.5'",
        "since1970='9223372036854775807'", "long='633482073409535482x'",
        "since1970='1212610540953' string='2008-06-04T22:15:40.9535482Z'",
        "string='2008-06-04T20:15:40Z' long='633482145409535482'"}) {
    EXPECT_NE(reason_of_when(times), "") << times;
  }
  EXPECT_EQ(reason_of_when("string='2008-06-04T20:15:40Z' long='633482073409535482'"), "");
}

TEST_F(LyncXmlEvents, HaveTheAddressThatWasRecorded) {
  EXPECT_EQ(actor_of("uri='anna@example.org' id='7'"), "sip:anna@example.org");
  EXPECT_EQ(actor_of("uri='sip:anna@example.org' id='7'"), "sip:anna@example.org");
  EXPECT_EQ(actor_of("uri='tel:+491234' id='7'"), "tel:+491234");
  EXPECT_EQ(actor_of("uri='anna@example.org:5061' id='7'"), "sip:anna@example.org:5061");
  // The number of ours tells: printf anna@example.org | sha256sum
  EXPECT_EQ(actor_of("uri='anna@example.org' id='599754275'"), "anna@example.org");
  EXPECT_EQ(actor_of("uri='' id='7'"), "principal:7");
  EXPECT_EQ(actor_of("id='7'"), "principal:7");
}

TEST_F(LyncXmlEvents, AreRefusedWithAReason) {
  const auto told = [](std::string_view attributes) { return archive(message(attributes)); };
  EXPECT_EQ(reason_of(told("content='x'")), "it has no type");
  EXPECT_EQ(reason_of(told("type='SHOUT'")), "its type is 'SHOUT', which is none");
  EXPECT_EQ(reason_of(told("type='UNKNOWN(x)'")), "its type is 'UNKNOWN(x)', which is none");
  EXPECT_EQ(reason_of(told("type='UNKNOWN(77)'")), "");
  EXPECT_EQ(reason_of(told("type='CHAT' id='-1'")), "its id is '-1'; 0 or more is wanted");
  EXPECT_EQ(reason_of(told("type='CHAT' id='9999999999999999999'")),
            "its id is '9999999999999999999'; 0 or more is wanted");
  EXPECT_EQ(reason_of(told("type='CHAT' sha256='0a'")), "its sha256 is not 64 hexadecimal digits");
  EXPECT_EQ(reason_of(told("type='CHAT' content='\\q' escaped='content'")),
            "Message/@content is called escaped and is not");
  EXPECT_NE(reason_of(told("type='CHAT' content='\\uD800' escaped='content'")), "");
  EXPECT_NE(reason_of(told("type='CHAT' content='" + std::string((1 << 20) + 1, 'x') + "'")), "");
  EXPECT_EQ(reason_of(archive("<Message type='CHAT'/>")), "it has no DateTimeUTC");
  EXPECT_EQ(reason_of(archive("<Message type='CHAT'>" + std::string(kWhen) + std::string(kWhen) +
                              "</Message>")),
            "it has more than one DateTimeUTC");
  EXPECT_EQ(reason_of("<Conversations><Conversation><Messages>" + message("type='CHAT'") +
                      "</Messages></Conversation></Conversations>"),
            "no Channel says in which room it was");
  EXPECT_EQ(reason_of(archive("<Message type='CHAT'><Sender UserName='x'/>" + std::string(kWhen) +
                              "</Message>")),
            "its Sender has neither a uri nor an id");
}

TEST_F(LyncXmlEvents, AreKeptAsXmlWhenTheyAreNone) {
  EXPECT_NE(reason_of(archive(message(R"(type="SHOUT" content="a&#10;&lt;" id="1")"))), "");
  const Bytes kept = xml_of(records_.at(0));
  for (const char* part : {"SHOUT", "a&#10;&lt;", "ma-chan://litwareinc.com/300", "litwareinc.com",
                           "633482073409535482", "internal"}) {
    EXPECT_NE(kept.find(part), std::string::npos) << part << " in " << kept;
  }
}

/// What lync-xml tells of an event, by its own reader.
TEST_F(LyncXmlEvents, AreThoseThatWereExported) {
  Slice slice{"compliance", 0, {}, {}};
  const auto add = [&](const char* kind, std::string content) -> db::ComplianceEvent& {
    db::ComplianceEvent event;
    event.kind = kind;
    event.content = std::move(content);
    event.occurred_at = utc_from_micros(kSample + std::int64_t(slice.events.size()));
    event.room_uri = "ma-chan://example.org/1";
    event.room_name = std::string("room\0 \\", 7);
    event.actor_uri = "anna@example.org";
    event.actor_name = "Anna";
    event.actor_email = "a@example.org";
    event.actor_external = true;
    return slice.events.emplace_back(std::move(event));
  };
  add("CHAT", std::string("\\u0041\r\n\t\0 \x1b \uFFFE", 17)).chat_id = 5'000'000'000;
  add("EDIT", "better").chat_id = 5'000'000'000;
  add("DELETE", "").chat_id = 5'000'000'000;
  auto& upload = add("FILEUPLOAD", "see this");
  upload.file_name = "a\x01.txt";
  upload.file_sha256 = Bytes(32, '\x5a');
  add("UNKNOWN(77)", "of a later version");
  auto& outside = add("PERSON", "");
  outside.room_uri.reset();
  outside.room_name.reset();
  LyncXmlOptions options;
  options.add_chat_room_details = options.add_user_details = true;
  const auto files = std::get<FileFormat>(make_lync_xml(options)->form).write(slice).value();
  EXPECT_EQ(fault_of(files.at(0).bytes), "");
  ASSERT_EQ(records_.size(), slice.events.size());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const auto wire = encode_lync_record(records_[i], {});
    ASSERT_TRUE(wire) << i << wire.error().message;
    const auto event = schema::view_event(*wire).value();
    const db::ComplianceEvent& wanted = slice.events[i];
    EXPECT_EQ(schema::kind_name(event.kind), wanted.kind);
    EXPECT_EQ(event.content, wanted.content);
    EXPECT_EQ(event.occurred_at, wanted.occurred_at);
    EXPECT_EQ(event.chat_id, wanted.chat_id);
    EXPECT_EQ(event.room.has_value(), wanted.room_uri.has_value());
    if (event.room) {
      EXPECT_EQ(event.room->name, *wanted.room_name);
    }
    EXPECT_EQ(event.actor->uri, "anna@example.org");
    EXPECT_EQ(event.actor->name, "Anna");
    EXPECT_EQ(event.actor->email, "a@example.org");
    EXPECT_TRUE(event.actor->external);
    EXPECT_EQ(event.file.has_value(), wanted.file_name.has_value());
    if (event.file) {
      EXPECT_EQ(event.file->name, *wanted.file_name);
      EXPECT_EQ(event.file->sha256, *wanted.file_sha256);
    }
  }
}

}  // namespace
}  // namespace mgc::audit
