// What stands in an export that somebody hands over: proofs, notes, keys, manifests and rows.
#include <array>
#include <memory>

#include "audit/checkpoint.hpp"
#include "audit/export_manifest.hpp"
#include "audit/export_rows.hpp"
#include "audit/proof_file.hpp"
#include "audit/signed_note.hpp"
#include "audit/tlog_proof.hpp"
#include "schema/ledger_entry.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace mgc::fuzz {
namespace {

/// Of what is written in one way only, there are no two texts that say the same.
void check_texts(ByteView text) {
  if (const auto proof = audit::read_proof(text)) {
    require(audit::proof_text(*proof) == text, "a proof is written in one way");
    ByteView extra = proof->extra;
    const std::size_t bytes = extra.size();
    if (const auto entry = schema::take_entry(extra)) {
      require(schema::write_entry(*entry) == ByteView(proof->extra).substr(0, bytes - extra.size()),
              "an entry of the ledger is written in one way");
    }
  } else {
    require_fit_to_show(proof.error());
  }
  if (const auto checkpoint = audit::read_checkpoint(text)) {
    require(audit::checkpoint_text(*checkpoint) == text, "a checkpoint is written in one way");
  } else {
    require_fit_to_show(checkpoint.error());
  }
  if (const auto key = audit::VerifierKey::read(text)) {
    require(key->text() == text, "a key is written in one way");
  } else {
    require_fit_to_show(key.error());
  }
  const auto note = audit::unverified_text(text);
  if (!note) require_fit_to_show(note.error());
  require(!note || text.starts_with(*note), "the text of a note is its beginning");
}

/// Nobody here has signed anything.
void check_manifest(ByteView text) {
  static const auto keys = std::array{audit::VerifierKey::of("k", Bytes(32, 'k')).value()};
  const auto manifest = audit::read_manifest(Bytes(text), keys);
  require(!manifest, "what nobody signed is not believed");
  require_fit_to_show(manifest.error());
}

void check_proof_file(const std::filesystem::path& file, ByteView bytes) {
  audit::ProofFile proofs(file);
  Bytes read;
  while (true) {
    const auto text = proofs.next();
    if (!text) return require_fit_to_show(text.error());
    if (!*text) break;
    require((*text)->starts_with(audit::kProofHead), "each begins as a proof");
    read.append(**text).append("\n");
  }
  require(read == bytes, "every byte of the file is of a proof");
}

void check_rows(const std::filesystem::path& file, const char* format) {
  const auto rows = audit::ExportRows::open(file, format);
  if (!rows) return require_fit_to_show(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return require_fit_to_show(more.error());
    if (!*more) return;
    for (const auto what : {audit::RowOf::event, audit::RowOf::redacted}) {
      const auto names = (*rows)->differences({}, what);
      if (!names) return require_fit_to_show(names.error());
      if (!names->empty()) require_fit_to_show({Action::reject, *names});
    }
  }
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mgc::fuzz;
  static const Folder folder;
  Input input(data, size);
  const std::size_t mode = input.byte();
  const auto bytes = input.rest();
  const auto file = folder / "export";
  if (mode % 5 >= 2) write_file(file, bytes);
  switch (mode % 5) {
    case 0: check_texts(bytes); break;
    case 1: check_manifest(bytes); break;
    case 2: check_proof_file(file, bytes); break;
    case 3: check_rows(file, "jsonl"); break;
    default: check_rows(file, "csv");
  }
  return 0;
}
