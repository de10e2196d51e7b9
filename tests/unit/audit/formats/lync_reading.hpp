#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "audit/formats/lync_xml_reader.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

/// The time of the sample of the original's documentation, to 100 ns.
inline constexpr std::string_view kWhen =
    R"(<DateTimeUTC since1970="1212610540953" string="2008-06-04T20:15:40.9535482Z")"
    R"( long="633482073409535482"/>)";

/// A message as the original wrote it.
inline std::string message(std::string_view attributes, std::string_view when = kWhen) {
  return "<Message " + std::string(attributes) +
         R"(><Sender UserName="Kazuto" id="10")"
         R"( email="kazuto@litwareinc.com" internal="true" uri="kazuto@litwareinc.com"/>)" +
         std::string(when) + "</Message>\n";
}

/// Messages of one room.
inline std::string archive(std::string_view messages) {
  return R"(<?xml version="1.0" encoding="utf-8"?>)"
         "\n<Conversations xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
         " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n<Conversation>\n"
         R"(<Channel uri="ma-chan://litwareinc.com/300" name="ma-chan://litwareinc.com/300"/>)"
         "\n<Messages>\n" +
         std::string(messages) + "</Messages></Conversation></Conversations>\n";
}

/// Files that a test reads.
class LyncReading : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view bytes, const std::string& name = "a.xml") {
    std::ofstream(dir_ / name, std::ios::binary) << bytes;
    return dir_ / name;
  }
  Result<audit::LyncFile> try_to_read(const std::filesystem::path& path) {
    records_.clear();
    return audit::read_lync_xml(path, {[&](const audit::LyncRecord& record) -> Result<void> {
                                         records_.push_back(record);
                                         return {};
                                       },
                                       [](std::uint64_t) { return Result<void>(); }});
  }
  audit::LyncFile read(std::string_view bytes) {
    auto file = try_to_read(write(bytes));
    EXPECT_TRUE(file) << file.error().message;
    return *std::move(file);
  }
  /// "LINE: WHAT", or nothing.
  std::string fault_of(std::string_view bytes) {
    const auto file = read(bytes);
    return file.fault ? std::to_string(file.fault->line) + ": " + file.fault->what : "";
  }

  TempDir dir_;
  std::vector<audit::LyncRecord> records_;
};

}  // namespace mgc::test
