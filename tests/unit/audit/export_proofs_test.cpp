#include "audit/export_proofs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "audit/export.hpp"
#include "audit/export_file.hpp"
#include "audit/formats/table.hpp"
#include "audit/tlog_proof.hpp"
#include "audit/verify_export.hpp"
#include "tests/support/arm.hpp"
#include "tests/unit/audit/checkpointed_store.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::arm;

class ExportProofsTest : public test::CheckpointedStore {
 protected:
  void SetUp() override {
    CheckpointedStore::SetUp();
    record("a", 3);
    record("b", 2);
    record("a", 2);
    sign();
  }
  ~ExportProofsTest() override { arm(""); }

  static db::EventQuery whole_ledger() {
    db::EventQuery all;
    all.with_duties = true;
    return all;
  }
  Result<ExportReport> try_to_export(const std::string& out, const char* format,
                                     const db::EventQuery& query = whole_ledger(),
                                     const std::stop_token& stop = {}) {
    const auto reader = db::ComplianceReader::open(dsn()).value();
    return export_events(
        *reader, {query, make_format(format).value(), dir_ / out, kept()}, [](std::uint64_t) {},
        stop);
  }
  void make_export(const std::string& out, const char* format = "jsonl",
                   const db::EventQuery& query = whole_ledger()) {
    const auto report = try_to_export(out, format, query);
    ASSERT_TRUE(report) << report.error().message;
  }
  ExportVerdict check(const std::string& out) {
    const auto keys = read_verifier_keys(dir_ / "key.pub").value();
    auto verdict = verify_export(dir_ / out, keys);
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict ? std::move(*verdict) : ExportVerdict{};
  }
  static std::string text_of(const ExportVerdict& verdict) {
    std::string text;
    for (const Finding& finding : verdict.findings) {
      text += finding.where + ": " + finding.what + '\n';
    }
    return text;
  }

  [[nodiscard]] json manifest(const std::string& out) const {
    return json::parse(read(dir_ / out / "manifest.json"));
  }
  /// As somebody would who wants to deceive: every sum is that of what is there now.
  void write_manifest(const std::string& out, json document) {
    for (json& file : document["files"]) {
      const fs::path path = dir_ / out / file["name"].get<std::string>();
      file["bytes"] = fs::file_size(path);
      file["sha256"] = sha256_of_file(path).value();
    }
    write(dir_ / out / "manifest.json", document.dump(2) + '\n');
    write(dir_ / out / "manifest.json.sha256",
          sha256_of_file(dir_ / out / "manifest.json").value() + "  manifest.json\n");
  }
  static void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  }
  void replace(const fs::path& file, const std::string& part, const std::string& by) {
    std::string text = read(file);
    ASSERT_NE(text.find(part), std::string::npos) << part;
    write(file, text.replace(text.find(part), part.size(), by));
  }
  /// The proofs of an export, each with its empty line.
  std::vector<std::string> proofs(const std::string& out) const {
    std::vector<std::string> all;
    const std::string text = read(dir_ / out / "proofs.tlog");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t next = std::min(text.find(kProofHead, at + 1), text.size());
      all.push_back(text.substr(at, next - at));
      at = next;
    }
    return all;
  }
  void write_proofs_file(const std::string& out, const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& proof : all) text += proof;
    write(dir_ / out / "proofs.tlog", text);
  }
  std::vector<std::string> lines(const std::string& out) const {
    std::vector<std::string> all;
    std::istringstream in(read(dir_ / out / "events.jsonl"));
    for (std::string line; std::getline(in, line);) all.push_back(line + '\n');
    return all;
  }
};

TEST_F(ExportProofsTest, ProvesEachEventInEachFormat) {
  for (const FormatEntry& entry : formats()) {
    const std::string out(entry.name);
    make_export(out, out.c_str());
    const ExportVerdict verdict = check(out);
    EXPECT_TRUE(verdict.ok()) << out << ": " << text_of(verdict);
    EXPECT_EQ(verdict.events, 7U) << out;
    EXPECT_EQ(verdict.files, manifest(out)["files"].size()) << out;
    EXPECT_EQ(verdict.rows_compared, out == "jsonl" || out == "csv") << out;
    EXPECT_TRUE(verdict.is_whole_ledger) << out;
    EXPECT_EQ(proofs(out).size(), 7U) << out;
  }
}

TEST_F(ExportProofsTest, AFormatOfSeveralFilesGoesOnAfterAKillWithItsProofs) {
  make_export("whole", "globalrelay-eml");
  const auto files = [&](const std::string& out) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(dir_ / out)) {
      if (!entry.is_regular_file()) continue;
      all[fs::relative(entry.path(), dir_ / out).string()] = read(entry.path());
    }
    return all;
  };
#ifdef MGC_FAILPOINTS
  const std::vector<std::string> points = {"export.listed", "export.renamed", "export.saved",
                                           "export.before_manifest", "proofs.saved"};
  for (const std::string& point : points) {
    arm(point + "=error@1");
    EXPECT_FALSE(try_to_export(point, "globalrelay-eml")) << point;
  }
  record("b", 1);
  sign();
  for (const std::string& point : points) {
    EXPECT_TRUE(try_to_export(point, "globalrelay-eml")) << point;
    EXPECT_TRUE(files(point) == files("whole")) << point;
  }
#endif
  const auto again = try_to_export("whole", "globalrelay-eml");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_complete);
  const std::string name = manifest("whole")["files"][0]["name"];
  std::string mail = read(dir_ / "whole" / name);
  mail.back() = mail.back() == ' ' ? '\t' : ' ';  // of the same size
  write(dir_ / "whole" / name, mail);
  EXPECT_EQ(text_of(check("whole")), name + ": its SHA-256 is not that of the manifest\n");
}

TEST_F(ExportProofsTest, AFileThatTheManifestDoesNotNameIsAFinding) {
  make_export("out");
  write(dir_ / "out" / "more.jsonl", "{}\n");
  EXPECT_EQ(text_of(check("out")), "more.jsonl: it is here, and the manifest does not name it\n");
}

TEST_F(ExportProofsTest, RowsAreComparedWhateverFormatTheManifestSays) {
  make_export("out");
  replace(dir_ / "out" / "events.jsonl", "post 2", "post 9");
  json document = manifest("out");
  document["format"] = "rsmf";
  write_manifest("out", document);
  EXPECT_FALSE(check("out").ok());
}

TEST_F(ExportProofsTest, EndsWithTheCheckpointAndNotLater) {
  record("b", 5);
  make_export("out");
  EXPECT_EQ(manifest("out")["events"], 7);
  EXPECT_TRUE(check("out").ok()) << text_of(check("out"));
}

TEST_F(ExportProofsTest, ASearchIsProvenAndDoesNotCountAsTheWholeLedger) {
  record("a", 9'000);  // more tiles of the tree than are read at once
  sign();
  db::EventQuery query;
  query.text = "post 8";
  make_export("out", "jsonl", query);
  const ExportVerdict verdict = check("out");
  EXPECT_TRUE(verdict.ok()) << text_of(verdict);
  EXPECT_EQ(verdict.events, 1U + 10U + 100U + 1000U);  // 8, 80 to 89, and so on
  EXPECT_FALSE(verdict.is_whole_ledger);
}

TEST_F(ExportProofsTest, TheSameExportHasTheSameBytesWhateverStoppedIt) {
  make_export("whole");
  const auto same = [&](const std::string& out) {
    for (const char* file :
         {"events.jsonl", "proofs.tlog", "manifest.json", "manifest.json.sha256"}) {
      EXPECT_TRUE(read(dir_ / out / file) == read(dir_ / "whole" / file)) << out << " " << file;
    }
    std::ptrdiff_t files = 0;
    for (const auto& entry : fs::directory_iterator(dir_ / out)) files += entry.exists() ? 1 : 0;
    EXPECT_EQ(files, 4) << "nothing else is left";
  };
#ifdef MGC_FAILPOINTS
  const std::vector<std::string> points = {"export.before_manifest", "proofs.saved"};
  for (const std::string& point : points) {
    arm(point + "=error@1");
    EXPECT_FALSE(try_to_export(point, "jsonl"));
  }
  record("b", 1);
  sign();  // what is newer meanwhile is not for an export that has begun
  for (const std::string& point : points) {
    EXPECT_TRUE(try_to_export(point, "jsonl"));
    same(point);
  }
#endif
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(try_to_export("stopped", "jsonl", {}, stop.get_token()));
  const auto again = try_to_export("whole", "jsonl");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_complete);
}

TEST_F(ExportProofsTest, AStoreThatIsNotAsItWasSignedIsNotProven) {
  tamper("UPDATE block SET received_at = received_at + 1");
  const auto report = try_to_export("out", "jsonl");
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("is not what checkpoint 1 was signed of"),
            std::string::npos)
      << report.error().message;
  EXPECT_FALSE(fs::exists(dir_ / "out" / "manifest.json"));
}

TEST_F(ExportProofsTest, AFlippedBitAnywhereIsFound) {
  db::EventQuery query;
  query.text = "post 2";
  make_export("out", "jsonl", query);
  std::size_t place = 0;
  for (const char* name :
       {"events.jsonl", "proofs.tlog", "manifest.json", "manifest.json.sha256"}) {
    const fs::path file = dir_ / "out" / name;
    const std::string whole = read(file);
    for (std::size_t i = 0; i < whole.size(); i += 5) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (place++ % 8)));
      write(file, flipped);
      ASSERT_FALSE(check("out").ok()) << name << " byte " << i;
    }
    write(file, whole);
  }
  EXPECT_TRUE(check("out").ok());
}

TEST_F(ExportProofsTest, ARowThatLiesIsNamedWithItsColumn) {
  make_export("out");
  replace(dir_ / "out" / "events.jsonl", "post 2", "post 9");
  write_manifest("out", manifest("out"));
  EXPECT_EQ(text_of(check("out")),
            "event 1 of lane compliance: its row in events.jsonl says something else than its "
            "bytes: content\n");
  make_export("csv", "csv");
  replace(dir_ / "csv" / "events.csv", ",a,1,3,", ",a,1,4,");
  write_manifest("csv", manifest("csv"));
  EXPECT_EQ(text_of(check("csv")),
            "event 2 of lane compliance: its row in events.csv says something else than its bytes: "
            "sequence\n");
}

TEST_F(ExportProofsTest, NamesThatTheChatDatabaseFilledInAreNoLie) {
  auto event = test::chat_event("nameless");
  event.actor->name = "";
  event.room->name = "";
  const Bytes body =
      schema::encode_pack({"c", 1, 1, 1, {}}, std::vector{schema::encode_event(event).value()})
          .value();
  commit({body});
  tamper(
      "INSERT INTO room_detail SELECT room_id, '#filled', 1 FROM room WHERE name = '';"
      "INSERT INTO person_detail SELECT person_id, 'Filled', '', 1 FROM person WHERE name = ''");
  sign();
  for (const char* format : {"jsonl", "csv"}) {
    make_export(format, format);
    EXPECT_TRUE(check(format).ok()) << text_of(check(format));
  }
  EXPECT_NE(read(dir_ / "jsonl" / "events.jsonl").find("#filled"), std::string::npos);
}

TEST_F(ExportProofsTest, AnEventThatWasLeftOutOrIsThereTwiceIsFound) {
  make_export("out");
  const auto all = proofs("out");
  const auto rows = lines("out");
  const auto with = [&](const std::vector<std::size_t>& places) {
    std::vector<std::string> some;
    std::string events;
    for (const std::size_t place : places) {
      some.push_back(all[place]);
      events += rows[place];
    }
    write_proofs_file("out", some);
    write(dir_ / "out" / "events.jsonl", events);
    json document = manifest("out");
    document["events"] = places.size();
    write_manifest("out", document);
    return text_of(check("out"));
  };
  EXPECT_EQ(with({0, 1, 2, 3, 4, 5, 6}), "");
  EXPECT_NE(with({0, 1, 3, 4, 5, 6}).find("and 1 events are missing"), std::string::npos);
  EXPECT_NE(with({0, 1, 3, 4, 5, 6}).find("its coverage of node a epoch 1"), std::string::npos);
  EXPECT_NE(with({0, 1, 2, 2, 3, 4, 5, 6}).find("event 2 of lane compliance is there twice"),
            std::string::npos);
  EXPECT_NE(with({1, 0, 2, 3, 4, 5, 6}).find("out of order"), std::string::npos);
  EXPECT_NE(with({}).find("and 7 events are missing"), std::string::npos);
}

TEST_F(ExportProofsTest, AProofOfAnotherEventIsNone) {
  make_export("out");
  auto all = proofs("out");
  const TlogProof second = read_proof(all[1].substr(0, all[1].size() - 1)).value();
  TlogProof forged = second;
  forged.extra += "more";
  all[1] = proof_text(forged) + '\n';
  write_proofs_file("out", all);
  write_manifest("out", manifest("out"));
  EXPECT_NE(text_of(check("out")).find("event 1 of lane compliance has other bytes"),
            std::string::npos)
      << text_of(check("out"));
  forged = second;
  forged.index = 2;
  all[1] = proof_text(forged) + '\n';
  write_proofs_file("out", all);
  write_manifest("out", manifest("out"));
  EXPECT_NE(text_of(check("out")).find("is not in the tree of the checkpoint"), std::string::npos)
      << text_of(check("out"));
}

TEST_F(ExportProofsTest, AManifestThatLiesIsFound) {
  make_export("out");
  const json whole = manifest("out");
  const auto with = [&](const char* pointer, const json& value) {
    json document = whole;
    document[json::json_pointer(pointer)] = value;
    write_manifest("out", document);
    return text_of(check("out"));
  };
  EXPECT_EQ(with("/events", 7), "");
  for (const auto& [pointer, value] :
       std::vector<std::pair<const char*, json>>{{"/events", 6},
                                                 {"/coverage/0/events", 4},
                                                 {"/coverage/0/last_sequence", 6},
                                                 {"/coverage/1/node", "c"},
                                                 {"/coverage/2", whole["coverage"][0]},
                                                 {"/ledger/0/events", 8},
                                                 {"/ledger/0/block", 2},
                                                 {"/ledger/0/digest", std::string(64, '0')},
                                                 {"/ledger/0/lane", "other"},
                                                 {"/checkpoints", json::array()},
                                                 {"/checkpoints/0", "text\n\n"},
                                                 {"/manifest", 2},
                                                 {"/files", json::array()}}) {
    EXPECT_NE(with(pointer, value), "") << pointer;
  }
  json document = whole;
  document.erase("checkpoints");
  write_manifest("out", document);
  EXPECT_NE(text_of(check("out")).find("made without --proofs"), std::string::npos);
  for (const char* name : {"../events.jsonl", "/etc/passwd", "a/../b", "", ".hidden", "a\nb"}) {
    document = whole;
    document["files"][0]["name"] = name;
    write(dir_ / "out" / "manifest.json", document.dump(2) + '\n');
    EXPECT_NE(text_of(check("out")).find("is no name for a file"), std::string::npos) << name;
  }
}

TEST_F(ExportProofsTest, ACheckpointOfAnotherKeyIsNotBelieved) {
  make_export("out");
  const std::vector other = {SigningKey::make("example.org/mgc").value().verifier()};
  const auto verdict = verify_export(dir_ / "out", other).value();
  EXPECT_NE(text_of(verdict).find("none of the keys that are trusted has signed it"),
            std::string::npos)
      << text_of(verdict);
}

TEST_F(ExportProofsTest, AFileThatIsMissingIsNamed) {
  make_export("out");
  fs::remove(dir_ / "out" / "events.jsonl");
  EXPECT_NE(text_of(check("out")).find("events.jsonl: it is missing"), std::string::npos);
}

}  // namespace
}  // namespace mgc::audit
