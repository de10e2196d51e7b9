#include "producer/replay/names.hpp"

#include <gtest/gtest.h>

namespace mgc::producer {
namespace {

TEST(Names, EncodeWhatASipUserPartMayNotHold) {
  EXPECT_EQ(person_uri("anna", "example.org"), "sip:anna@example.org");
  EXPECT_EQ(person_uri("bur[n]er|x`", "example.org"), "sip:bur%5Bn%5Der%7Cx%60@example.org");
  EXPECT_EQ(person_uri("a@b%c", "d"), "sip:a%40b%25c@d");
  EXPECT_EQ(person_uri("J\xc3\xbcrg", "d"), "sip:J%C3%BCrg@d");
  EXPECT_EQ(person_uri("sip:x@y", "d"), "sip:x@y");
}

TEST(Names, EncodeRooms) {
  EXPECT_EQ(room_uri("#ubuntu", "example.org"), "ma-chan://example.org/ubuntu");
  EXPECT_EQ(room_uri("##c++", "example.org"), "ma-chan://example.org/%23c++");
  EXPECT_EQ(room_uri("Deal Room/1", "d"), "ma-chan://d/Deal%20Room%2F1");
  EXPECT_EQ(room_uri("ma-chan://x/7", "d"), "ma-chan://x/7");
}

TEST(Names, CleanNicks) {
  EXPECT_EQ(clean_nick("@anna"), "anna");
  EXPECT_EQ(clean_nick(" anna "), "anna");
  EXPECT_EQ(clean_nick("~&@anna"), "anna");
  EXPECT_EQ(clean_nick("\x03"
                       "04,01@anna\x0f"),
            "anna");
  EXPECT_EQ(clean_nick("bur[n] er"), "bur[n]er");
  EXPECT_EQ(clean_nick("@"), "@");
  EXPECT_EQ(clean_nick(""), "");
}

TEST(Names, FindTheRoomOfALogInItsPath) {
  EXPECT_EQ(room_from_path("/logs/#ubuntu.20060305.log"), "#ubuntu");
  EXPECT_EQ(room_from_path("/logs/#ubuntu_2006-03-05.log.gz"), "#ubuntu");
  EXPECT_EQ(room_from_path("/logs/#node.js.log"), "#node.js");
  EXPECT_EQ(room_from_path("/logs/irc.libera.#MGC.weechatlog"), "#mgc");
  EXPECT_EQ(room_from_path("/znc/log/#mgc/2012-01-01.log"), "#mgc");
  EXPECT_EQ(room_from_path("/logs/support-2012-01-01.txt"), "support");
  EXPECT_EQ(room_from_path("/logs/2012-01-01.log"), "");
  EXPECT_TRUE(path_names_channel("/znc/log/#mgc/2012-01-01.log"));
  EXPECT_FALSE(path_names_channel("/logs/support.txt"));
}

}  // namespace
}  // namespace mgc::producer
