#include "audit/formats/edrm_xml.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/export/sample_slices.hpp"
#include "tests/support/slice_builder.hpp"
#include "tests/unit/audit/formats/xsd_check.hpp"

namespace mgc::audit {
namespace {

std::vector<OutputFile> files_of(const Slice& slice, const EdrmOptions& options = {}) {
  auto files = edrm_xml(slice, options);
  EXPECT_TRUE(files);
  return *files;
}

bool has(const Bytes& all, const std::string& part) { return all.find(part) != Bytes::npos; }

TEST(EdrmXml, IsTwoLoadFilesAndAFileForEachContent) {
  test::SliceBuilder builder;
  builder.slice().lane = "a";  // `printf a | sha256sum` begins with ca978112ca1bbdca
  builder.post("hello");
  builder.add("JOIN");
  builder.post(std::string("\0\xFF\r\n", 4));
  const auto files = files_of(builder.slice());
  ASSERT_EQ(files.size(), 4U);
  const std::string folder = "ca978112ca1bbdca-000000000003/";
  EXPECT_EQ(files[0].name, folder + "edrm.xml");
  EXPECT_EQ(files[1].name, folder + "loadfile.dat");
  EXPECT_EQ(files[2].name, folder + "text/ca978112ca1bbdca-000000003000.txt");
  EXPECT_EQ(files[2].bytes, "hello");
  EXPECT_EQ(files[3].name, folder + "text/ca978112ca1bbdca-000000003002.txt");
  EXPECT_EQ(files[3].bytes, std::string("\0\xFF\r\n", 4));
}

TEST(EdrmXml, HasADocumentForAnEvent) {
  test::SliceBuilder builder;
  builder.has_present("zoe").has_present("anna");
  builder.slice().lane = "a";
  builder.post("hello").lane = "a";
  const Bytes xml = files_of(builder.slice())[0].bytes;
  // `printf hello | sha256sum`
  const std::string sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  for (const std::string part :
       {"<Root MajorVersion=\"1\" MinorVersion=\"2\"", "DataInterchangeType=\"Update\"",
        "<Document DocID=\"ca978112ca1bbdca-000000003000\" DocType=\"Message\" "
        "MimeType=\"text/plain\">",
        "<File FileType=\"Native\">",
        "<ExternalFile FilePath=\"text\" FileName=\"ca978112ca1bbdca-000000003000.txt\" "
        "FileSize=\"5\" Hash=\"SHA256:",
        "<Tag TagName=\"#From\" TagValue=\"anna@example.org\" TagDataType=\"Text\"/>",
        "<Tag TagName=\"#To\" TagValue=\"zoe@example.org\" TagDataType=\"Text\"/>",
        "<Tag TagName=\"#Subject\" TagValue=\"#ubuntu\" TagDataType=\"Text\"/>",
        "<Tag TagName=\"#DateSent\" TagValue=\"2006-03-05T02:22:00.000000Z\" "
        "TagDataType=\"DateTime\"/>",
        "<Tag TagName=\"mgc_sequence\" TagValue=\"41\" TagDataType=\"LongInteger\"/>",
        "<Tag TagName=\"mgc_lane\" TagValue=\"a\" TagDataType=\"Text\"/>",
        "<LocationURI>ma-chan://example.org/ubuntu</LocationURI>",
        "<mgc:Present mgc:room_uri=\"ma-chan://example.org/ubuntu\" "
        "mgc:actor_uri=\"sip:zoe@example.org\""}) {
    EXPECT_TRUE(has(xml, part)) << part << "\nin\n" << xml;
  }
  EXPECT_TRUE(has(xml, "Hash=\"SHA256:" + sha256 + "\""));
  EXPECT_FALSE(has(xml, "hello"));
}

TEST(EdrmXml, HasNoTagWithoutAValueAndNoFileWithoutContent) {
  test::SliceBuilder builder;
  auto& event = builder.add("NODE");
  event.room_uri = event.room_name = event.actor_uri = event.actor_name = std::nullopt;
  const auto files = files_of(builder.slice());
  EXPECT_EQ(files.size(), 2U);
  for (const char* part : {"TagValue=\"\"", "<Files", "#From", "#To", "<Locations"}) {
    EXPECT_FALSE(has(files[0].bytes, part)) << part;
  }
}

TEST(EdrmXml, NamesThoseWhoWereThereUntilTheyAreTooMany) {
  test::SliceBuilder builder;
  builder.has_present("bert").has_present("carl");
  builder.post("hello");
  builder.add("JOIN").actor_uri = "sip:dora@example.org";
  EdrmOptions options;
  options.max_recipients = 2;
  const Bytes xml = files_of(builder.slice(), options)[0].bytes;
  const std::size_t to = xml.find("#To");
  EXPECT_TRUE(xml.substr(to).starts_with("#To\" TagValue=\"bert@example.org;carl@example.org\""));
  EXPECT_EQ(xml.find("#To", to + 1), Bytes::npos);
  EXPECT_TRUE(has(xml, "mgc:actor_uri=\"sip:carl@example.org\""));
}

TEST(EdrmXml, IsValidByItsSchema) {
  for (const Slice& slice :
       {test::everyday_slice(), test::hostile_slice(), test::random_slice(1)}) {
    EXPECT_EQ(test::schema_errors("edrm.xsd", files_of(slice)[0].bytes), "");
  }
  EXPECT_NE(test::schema_errors("edrm.xsd", "<Root/>"), "");
}

TEST(ConcordanceDat, HasItsMarksAroundAndBetweenCells) {
  test::SliceBuilder builder;
  builder.slice().lane = "a";
  builder.post("hello");
  const Bytes dat = files_of(builder.slice())[1].bytes;
  EXPECT_TRUE(
      dat.starts_with("\xEF\xBB\xBF\xC3\xBE"
                      "BEGBATES\xC3\xBE\x14\xC3\xBE"
                      "ENDBATES"));
  EXPECT_TRUE(has(dat,
                  "\xC3\xBEMGC_BASE64\xC3\xBE\r\n\xC3\xBE"
                  "ca978112ca1bbdca-000000003000"));
  EXPECT_TRUE(has(dat,
                  "\x14\xC3\xBE"
                  "2006-03-05\xC3\xBE\x14\xC3\xBE"
                  "02:22:00\xC3\xBE\x14"));
  EXPECT_TRUE(has(dat, "\xC3\xBEtext/ca978112ca1bbdca-000000003000.txt\xC3\xBE\x14"));
  EXPECT_TRUE(dat.ends_with("\xC3\xBE\x14\xC3\xBE\xC3\xBE\r\n"));
}

TEST(ConcordanceDat, LetsNoMarkIntoACell) {
  test::SliceBuilder builder;
  builder.post("x").room_name = "a\xC3\xBE\x14\xC2\xAE\r\nb";
  const Bytes dat = files_of(builder.slice())[1].bytes;
  const std::string gone = "\xEF\xBF\xBD";
  EXPECT_TRUE(has(dat,
                  "\xC3\xBE"
                  "a" +
                      gone + gone + gone + gone +
                      "\xC2\xAE"
                      "b\xC3\xBE"));
  EXPECT_TRUE(has(dat, "\xC3\xBEroom_name=YcO+FMKuDQpi\xC3\xBE\r\n"));
  EXPECT_EQ(std::ranges::count(dat, '\n'), 2);
}

}  // namespace
}  // namespace mgc::audit
