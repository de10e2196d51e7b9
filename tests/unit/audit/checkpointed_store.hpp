#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "audit/checkpoint_signer.hpp"
#include "audit/kept_checkpoints.hpp"
#include "tests/support/sample_events.hpp"
#include "tests/unit/audit/sqlite_store.hpp"

namespace mgc::test {

/// A compliance database whose checkpoints are signed, and changed behind everybody's back.
class CheckpointedStore : public SqliteStore {
 protected:
  [[nodiscard]] std::filesystem::path kept() const { return dir_ / "kept"; }
  [[nodiscard]] std::filesystem::path history() const { return kept() / "compliance.checkpoints"; }

  audit::CheckpointSigner signer(std::vector<audit::VerifierKey> old_keys = {}) {
    return audit::CheckpointSigner({dsn(), kept(), std::move(old_keys)},
                                   audit::SigningKey::read(key_file_).value(), clock_);
  }
  Result<audit::SignReport> try_to_sign() { return signer().sign({}); }
  audit::SignReport sign() {
    auto report = try_to_sign();
    if (!report) throw std::runtime_error(report.error().message);
    return std::move(*report);
  }
  /// The next posts of a node, which has no other packs.
  void record(const std::string& node, std::uint32_t count) {
    auto& [next, previous] = nodes_[node];
    const Bytes body = pack_body(node, 1, next + 1, count, previous);
    next += count;
    previous = sha256_of(body);
    commit({body});
  }

  /// Runs SQL around the project; says the first column of its rows.
  std::string tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    std::string said;
    char* message = nullptr;
    const auto note = [](void* into, int, char** cells, char**) {
      *static_cast<std::string*>(into) += cells[0] == nullptr ? "NULL" : cells[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_open((dir_ / "mgccomp.db").c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), note, &said, &message), SQLITE_OK)
        << sql << ": " << (message == nullptr ? "" : message);
    sqlite3_free(message);
    sqlite3_close(handle);
    return said;
  }
  void back_up() {
    std::filesystem::remove(dir_ / "backup.db");
    tamper("VACUUM INTO '" + (dir_ / "backup.db").string() + "'");
  }
  void restore() {
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(dir_ / (std::string("mgccomp.db") + suffix));
    }
    std::filesystem::copy_file(dir_ / "backup.db", dir_ / "mgccomp.db");
    tamper("PRAGMA journal_mode = wal");
  }
  void reopen_store() {
    auto store =
        db::ComplianceStore::open(dsn(), {"compliance", "test", std::chrono::seconds{60}}, clock_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    ASSERT_TRUE(store_->take_lease());
  }

  audit::VerifyReport verify(bool with_kept = true) {
    audit::VerifyOptions options;
    options.keys = {audit::SigningKey::read(key_file_).value().verifier()};
    std::optional<audit::KeptCheckpoints> opened;
    if (with_kept) {
      opened.emplace(audit::KeptCheckpoints::open(kept()).value());
      options.kept = &*opened;
    }
    auto reader = db::ComplianceReader::open(dsn());
    EXPECT_TRUE(reader) << reader.error().message;
    auto report = audit::verify_store(**reader, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : audit::VerifyReport{};
  }
  /// "where: what" of every finding, a line each.
  static std::string text_of(const audit::VerifyReport& report) {
    std::string text;
    for (const audit::Finding& finding : report.findings) {
      text += finding.where + ": " + finding.what + '\n';
    }
    return text;
  }
  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void SetUp() override {
    SqliteStore::SetUp();
    key_file_ = dir_ / "key";
    ASSERT_TRUE(audit::SigningKey::make("example.org/mgc").value().write(key_file_));
  }

  std::filesystem::path key_file_;

 private:
  /// By node: its last sequence, and the SHA-256 of its last pack.
  std::map<std::string, std::pair<std::uint64_t, Bytes>> nodes_;
};

}  // namespace mgc::test
