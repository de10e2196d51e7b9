#pragma once

#include <fstream>
#include <iterator>
#include <stop_token>
#include <string>

#include "audit/checkpoint_signer.hpp"
#include "audit/export.hpp"
#include "audit/formats/table.hpp"
#include "audit/verify_export.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

/// Exports of a store with their proofs, in a directory of their own with the key and the
/// checkpoints.
class ProvenExports {
 public:
  ProvenExports(std::string dsn, Clock& clock) : dsn_(std::move(dsn)), clock_(clock) {
    must(must(audit::SigningKey::make("example.org/mgc")).write(dir_ / "key"));
  }
  void sign() {
    audit::CheckpointSigner signer({dsn_, dir_ / "kept", {}},
                                   must(audit::SigningKey::read(dir_ / "key")), clock_);
    must(signer.sign({}));
  }
  /// Exports what is signed, to the directory that has the format's name.
  Result<audit::ExportReport> try_to_make(const std::string& format, const db::EventQuery& query,
                                          const std::stop_token& stop = {}) {
    const auto reader = must(db::ComplianceReader::open(dsn_));
    return audit::export_events(
        *reader, {query, must(audit::make_format(format)), dir_ / format, dir_ / "kept"},
        [](std::uint64_t) {}, stop);
  }
  void make(const std::string& format, const db::EventQuery& query) {
    sign();
    must(try_to_make(format, query));
  }
  [[nodiscard]] audit::ExportVerdict verify(const std::string& format) const {
    const auto keys = must(audit::read_verifier_keys(dir_ / "key.pub"));
    return must(audit::verify_export(dir_ / format, keys));
  }
  [[nodiscard]] std::filesystem::path rows(const std::string& format) const {
    return dir_ / format / ("events." + format);
  }

 private:
  TempDir dir_;
  std::string dsn_;
  Clock& clock_;
};

}  // namespace mgc::test
