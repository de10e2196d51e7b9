#include "audit/verify_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "audit/export_file.hpp"
#include "audit/export_manifest.hpp"
#include "audit/export_rows.hpp"
#include "audit/missing_events.hpp"
#include "audit/proof_file.hpp"
#include "audit/removal.hpp"
#include "audit/tlog_proof.hpp"
#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "schema/duty.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger_entry.hpp"
#include "schema/merkle.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using schema::Digest;

constexpr const char* kProofs = "proofs.tlog";
/// Of a manifest that names a million files.
constexpr std::uint64_t kManifestBytesMax = std::uint64_t{256} << 20;

/// What an event and its place in the ledger say of its row.
db::ComplianceEvent row_of(const std::string& lane, std::uint64_t event_id,
                           const schema::LedgerEntry& entry, const schema::EventView& view) {
  const auto text = [](std::string_view said) { return std::optional<std::string>(said); };
  db::ComplianceEvent row;
  row.lane = lane;
  row.event_id = event_id;
  row.kind = schema::kind_name(view.kind);
  row.occurred_at = view.occurred_at;
  row.received_at = entry.received_at;
  if (view.room) {
    row.room_uri = text(view.room->uri);
    row.room_name = text(view.room->name);
  }
  if (view.actor) {
    row.actor_uri = text(view.actor->uri);
    row.actor_name = text(view.actor->name);
    row.actor_email = text(view.actor->email);
  }
  row.content = view.content;
  row.chat_id = view.chat_id;
  if (view.file) row.file_name = text(view.file->name);
  if (view.file && !view.file->sha256.empty()) row.file_sha256 = Bytes(view.file->sha256);
  row.node = entry.node;
  row.epoch = entry.epoch;
  row.sequence = entry.sequence;
  row.block = entry.block;
  return row;
}

class ExportCheck {
 public:
  ExportCheck(const fs::path& dir, std::span<const VerifierKey> keys,
              const std::function<void(std::uint64_t)>& progress)
      : dir_(dir), keys_(keys), progress_(progress) {}

  Result<ExportVerdict> run();

 private:
  void check_sum(const std::string& text);
  void check_files();
  void check_others();
  void open_rows();
  [[nodiscard]] Result<void> check_proofs();
  void check_proof(const std::string& text);
  [[nodiscard]] std::optional<std::size_t> lane_of(const TlogProof& proof) const;
  void check_redacted(const std::string& where, std::size_t lane, std::uint64_t event_id,
                      const schema::LedgerEntry& entry);
  void see(std::size_t lane, std::uint64_t event_id, const schema::LedgerEntry& entry,
           const schema::EventView* view);
  void check_row(const std::string& where, const db::ComplianceEvent& event, RowOf what);
  void check_counts();
  void check_coverage();

  const fs::path& dir_;
  const std::span<const VerifierKey> keys_;
  const std::function<void(std::uint64_t)>& progress_;
  ExportVerdict verdict_;
  ExportManifest manifest_;
  std::string rows_file_;
  std::unique_ptr<ExportRows> rows_;
  ExportState proven_;                     ///< counts what the proofs are of
  std::size_t lane_ = 0;                   ///< of the last proof
  std::optional<std::uint64_t> event_id_;  ///< of the last proof
  std::uint64_t proofs_ = 0;
  std::optional<MissingEvents> missing_;  ///< where nothing is to be missing
};

/// What is a link, a pipe or a device is no file of an export, and is not opened.
bool is_file(const fs::path& path) {
  std::error_code unseen;
  return fs::symlink_status(path, unseen).type() == fs::file_type::regular;
}

/// @errors stop  it is no file, has more bytes, or cannot be read.
Result<std::string> read_small(const fs::path& path, std::uint64_t bytes_max) {
  std::error_code unseen;
  if (!is_file(path)) {
    return Error{Action::stop, printable(path.string()) + ": it is missing, or no file"};
  }
  if (fs::file_size(path, unseen) > bytes_max) {
    return Error{Action::stop,
                 fmt::format("{}: it has more than {} bytes", printable(path.string()), bytes_max)};
  }
  return read_file(path);
}

Result<ExportVerdict> ExportCheck::run() {
  const auto text = read_small(dir_ / "manifest.json", kManifestBytesMax);
  if (!text) return text.error();
  check_sum(*text);
  auto manifest = read_manifest(*text, keys_);
  if (!manifest) {
    verdict_.add("manifest.json", manifest.error().message);
    return std::move(verdict_);
  }
  manifest_ = std::move(*manifest);
  verdict_.is_whole_ledger = manifest_.query == nlohmann::json{{"duties", true}};
  if (verdict_.is_whole_ledger) {
    std::vector<MissingEvents::Lane> lanes;
    for (const auto& lane : manifest_.lanes) {
      lanes.push_back({lane.end.lane, lane.checkpoint.events.size});
    }
    missing_.emplace(std::move(lanes));
  }
  check_files();
  check_others();
  if (auto checked = check_proofs(); !checked) return checked.error();
  check_counts();
  check_coverage();
  return std::move(verdict_);
}

void ExportCheck::check_sum(const std::string& text) {
  const auto sum = read_small(dir_ / "manifest.json.sha256", 1'000);
  const auto digest = schema::Hasher().sha256(text);
  const std::string wanted = schema::to_hex(schema::bytes_of(digest)) + "  manifest.json\n";
  if (sum && *sum == wanted) return;
  verdict_.add("manifest.json", "manifest.json.sha256 is not its sum");
}

void ExportCheck::check_files() {
  for (const ExportedFile& file : manifest_.files) {
    std::error_code missing;
    if (!is_file(dir_ / file.name)) {
      verdict_.add(file.name, "it is missing, or no file");
      continue;
    }
    const auto bytes = fs::file_size(dir_ / file.name, missing);
    if (bytes != file.bytes) {
      verdict_.add(file.name,
                   fmt::format("it has {} bytes; the manifest says {}", bytes, file.bytes));
      continue;
    }
    const auto sha256 = sha256_of_file(dir_ / file.name);
    if (!sha256 || *sha256 != file.sha256) {
      verdict_.add(file.name, "its SHA-256 is not that of the manifest");
      continue;
    }
    ++verdict_.files;
  }
}

/// What somebody may believe to be of the export.
void ExportCheck::check_others() {
  std::set<std::string> known = {"manifest.json", "manifest.json.sha256"};
  for (const ExportedFile& file : manifest_.files) {
    if (known.insert(file.name).second) continue;
    verdict_.add("manifest.json", fmt::format("it names {} twice", file.name));
  }
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(dir_, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code unseen;
    const std::string name = entry->path().lexically_relative(dir_).string();
    const auto type = entry->symlink_status(unseen).type();
    if (type == fs::file_type::directory || known.contains(name)) continue;
    verdict_.add(printable(name), "it is here, and the manifest does not name it");
  }
  if (failed) verdict_.add(printable(dir_.string()), "cannot be read: " + failed.message());
}

/// By their file's name: a manifest that says another format does not hide them.
void ExportCheck::open_rows() {
  for (const char* format : {"jsonl", "csv"}) {
    const std::string name = fmt::format("events.{}", format);
    if (std::ranges::find(manifest_.files, name, &ExportedFile::name) == manifest_.files.end()) {
      if (manifest_.format == format) verdict_.add("manifest.json", "it names no " + name);
      continue;
    }
    if (manifest_.format != format) {
      verdict_.add("manifest.json", fmt::format("{} is no file of its format", name));
    }
    if (manifest_.files.size() != 2) {
      verdict_.add("manifest.json", "it names more than the rows and their proofs");
    }
    rows_file_ = name;
    if (!is_file(dir_ / name)) continue;  // which was said
    auto rows = ExportRows::open(dir_ / name, format);
    if (rows) {
      rows_ = std::move(*rows);
    } else {
      verdict_.add(name, rows.error().message);
    }
  }
  verdict_.rows_compared = rows_ != nullptr;
}

Result<void> ExportCheck::check_proofs() {
  const auto is_proofs = [](const ExportedFile& file) { return file.name == kProofs; };
  if (std::ranges::none_of(manifest_.files, is_proofs)) {
    verdict_.add("manifest.json", "it names no proofs.tlog");
    return {};
  }
  open_rows();
  if (!is_file(dir_ / kProofs)) return {};  // which was said
  ProofFile proofs(dir_ / kProofs);
  if (!proofs.is_open()) return Error{Action::stop, "proofs.tlog: cannot be read"};
  while (true) {
    const auto text = proofs.next();
    if (!text && text.error().action == Action::stop) {
      return Error{Action::stop, "proofs.tlog: " + text.error().message};
    }
    if (text && !*text) break;
    ++proofs_;
    if (!text) {
      verdict_.add(fmt::format("proof {} of proofs.tlog", proofs_), text.error().message);
      break;
    }
    check_proof(**text);
    if (progress_ && proofs_ % 1'000 == 0) progress_(proofs_);
  }
  if (!rows_) return {};
  const auto more = rows_->next();
  if (!more) {
    verdict_.add(rows_file_, more.error().message);
  } else if (*more) {
    verdict_.add(rows_file_,
                 fmt::format("it has more rows than there are proofs, which are {}", proofs_));
  }
  return {};
}

std::optional<std::size_t> ExportCheck::lane_of(const TlogProof& proof) const {
  const auto found =
      std::ranges::find(manifest_.lanes, proof.checkpoint, &ExportManifest::Lane::note);
  if (found == manifest_.lanes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - manifest_.lanes.begin());
}

void ExportCheck::check_proof(const std::string& text) {
  const std::string where = fmt::format("proof {} of proofs.tlog", proofs_);
  const auto proof = read_proof(text);
  if (!proof) return verdict_.add(where, proof.error().message);
  const auto lane = lane_of(*proof);
  if (!lane) return verdict_.add(where, "its checkpoint is none of the manifest");
  const std::string event =
      fmt::format("event {} of lane {}", proof->index, printable(manifest_.lanes[*lane].end.lane));
  if (proofs_ > 1 &&
      (*lane < lane_ || (*lane == lane_ && event_id_ && proof->index <= *event_id_))) {
    verdict_.add(where, event + " is there twice, or out of order");
  }
  lane_ = *lane;
  event_id_ = proof->index;
  const Checkpoint& checkpoint = manifest_.lanes[*lane].checkpoint;
  ByteView bytes = proof->extra;
  const std::size_t extra_bytes = bytes.size();
  const auto entry = schema::take_entry(bytes);
  if (!entry) return verdict_.add(where, entry.error().message);
  schema::Hasher hasher;
  const Digest leaf = hasher.leaf(ByteView(proof->extra).substr(0, extra_bytes - bytes.size()));
  if (!schema::verify_inclusion(leaf, proof->index, checkpoint.events.size, proof->hashes,
                                checkpoint.events.root)) {
    return verdict_.add(where, event + " is not in the tree of the checkpoint");
  }
  if (bytes.empty()) return check_redacted(event, *lane, proof->index, *entry);
  if (hasher.leaf(bytes) != entry->event_leaf) {
    return verdict_.add(where, event + " has other bytes than its ledger entry says");
  }
  const auto view = schema::view_event(bytes);
  if (!view) return verdict_.add(where, event + " cannot be read: " + view.error().message);
  ++verdict_.events;
  see(*lane, proof->index, *entry, &*view);
  const db::ComplianceEvent row =
      row_of(manifest_.lanes[*lane].end.lane, proof->index, *entry, *view);
  proven_.count(row);
  check_row(event, row, RowOf::event);
}

/// @param view  nullptr: its bytes are gone.
void ExportCheck::see(std::size_t lane, std::uint64_t event_id, const schema::LedgerEntry& entry,
                      const schema::EventView* view) {
  if (!missing_) return;
  const bool is_duty =
      view != nullptr && schema::is_duty(view->kind) && schema::is_service_node(entry.node);
  missing_->see(lane, event_id, is_duty ? MissingEvents::Seen::duty : MissingEvents::Seen::content);
  if (!is_duty) return;
  if (auto removal = read_removal(*view)) missing_->learn(std::move(*removal));
}

// Its place is proven, and nobody has its bytes: its row has to show that, with the hash that is
// left of them.
void ExportCheck::check_redacted(const std::string& where, std::size_t lane, std::uint64_t event_id,
                                 const schema::LedgerEntry& entry) {
  ++verdict_.events;
  ++verdict_.redacted;
  see(lane, event_id, entry, nullptr);
  db::ComplianceEvent row = row_of(manifest_.lanes[lane].end.lane, event_id, entry, {});
  row.content = schema::to_hex(schema::bytes_of(entry.event_leaf));
  proven_.count(row);
  check_row(where, row, RowOf::redacted);
}

void ExportCheck::check_row(const std::string& where, const db::ComplianceEvent& event,
                            RowOf what) {
  if (!rows_) return;
  const std::string& file = rows_file_;
  const auto more = rows_->next();
  if (!more || !*more) {
    verdict_.add(where, more ? file + " has no row of it" : file + ", " + more.error().message);
    if (!more) rows_.reset();
    return;
  }
  const auto names = rows_->differences(event, what);
  if (!names) return verdict_.add(where, names.error().message);
  if (names->empty()) return;
  verdict_.add(where,
               fmt::format("its row in {} says something else than its bytes: {}", file, *names));
}

void ExportCheck::check_counts() {
  if (manifest_.events != proofs_) {
    verdict_.add("manifest.json",
                 fmt::format("it says {} events; {} are proven", manifest_.events, proofs_));
  }
  if (!missing_) return;
  const auto [removed, missing] = missing_->count();
  verdict_.removed = removed;
  if (missing == 0) return;
  verdict_.add("manifest.json",
               fmt::format("its query leaves nothing out, and {} events are missing, of which no "
                           "proven event says that they were removed",
                           missing));
}

void ExportCheck::check_coverage() {
  const auto& said = manifest_.coverage;
  for (const auto& [key, covered] : proven_.coverage) {
    const auto found = said.find(key);
    if (found != said.end() && found->second == covered) continue;
    verdict_.add(
        "manifest.json",
        fmt::format("its coverage of node {} epoch {} is not that of the proofs: sequences "
                    "{} to {}, {} events",
                    key.first, key.second, covered.first_sequence, covered.last_sequence,
                    covered.events));
  }
  for (const auto& [key, covered] : said) {
    if (proven_.coverage.contains(key)) continue;
    verdict_.add("manifest.json", fmt::format("it covers node {} epoch {}, of which nothing is "
                                              "proven",
                                              printable(key.first), key.second));
  }
}

}  // namespace

Result<ExportVerdict> verify_export(const fs::path& dir, std::span<const VerifierKey> keys,
                                    const std::function<void(std::uint64_t)>& progress) {
  MGC_ASSERT(!keys.empty());
  return ExportCheck(dir, keys, progress).run();
}

}  // namespace mgc::audit
