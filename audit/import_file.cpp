#include "audit/import_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "audit/formats/lync_xml_events.hpp"
#include "core/utf8.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"

namespace mgc::audit {
namespace {

/// Of one pack: large enough that rows of packs and their hashes cost nothing, small enough to be
/// shown and proved by itself.
constexpr std::size_t kPackEvents = 1'000;
constexpr std::size_t kPackBytes = std::size_t{1} << 20;

/// Positive, so that every engine can hold it, and never 0, which is no epoch.
std::uint64_t epoch_of(const schema::Digest& sha256) {
  std::uint64_t epoch = 0;
  for (std::size_t i = 0; i < 8; ++i) epoch = (epoch << 8U) | sha256[i];
  return std::max<std::uint64_t>(epoch & schema::kNumberMax, 1);
}

/// Makes packs of events, each naming the one before.
class Packing {
 public:
  Packing(const ImportFile& file, std::uint64_t through, Bytes last_sha256,
          const ImportVisits& visits)
      : header_{std::string(schema::kLyncImportNode), file.epoch, through + 1, 0,
                std::move(last_sha256)},
        through_(through),
        visits_(visits) {}

  Result<void> add(Bytes event) {
    if (++sequence_ <= through_) return {};
    if (!events_.empty() && bytes_ + event.size() > kPackBytes) {
      if (auto done = flush(); !done) return done;
    }
    bytes_ += event.size();
    events_.push_back(std::move(event));
    return events_.size() < kPackEvents ? Result<void>() : flush();
  }
  Result<void> flush() {
    if (events_.empty()) return {};
    auto body = encoder_.encode(header_, events_);
    if (!body) return body.error();
    header_.first_sequence += events_.size();
    header_.previous_sha256 = Bytes(schema::bytes_of(hasher_.sha256(*body)));
    events_.clear();
    bytes_ = 0;
    return visits_.pack(std::move(*body));
  }

 private:
  schema::PackHeader header_;
  const std::uint64_t through_;
  const ImportVisits& visits_;
  schema::PackEncoder encoder_;
  schema::Hasher hasher_;
  std::uint64_t sequence_ = 0;
  std::vector<Bytes> events_;
  std::size_t bytes_ = 0;
};

/// The line is found again by the file's name, which may be another one in another archive; the
/// event is the same.
schema::Source source_of(const std::filesystem::path& path, const LyncRecord& record) {
  return {printable(path.filename().string()), record.line, {}};
}

Error changed() {
  return {Action::stop,
          "it was changed while it was read; import it again when nobody writes it. What was "
          "stored of it stays, under the bytes that it had"};
}

bool is_as_before(const ImportFile& file) {
  std::error_code unseen;
  return std::filesystem::last_write_time(file.path, unseen) == file.written_at && !unseen;
}

}  // namespace

std::string ImportFile::name() const { return printable(path.filename().string()); }

Result<ImportFile> look_at_import(const std::filesystem::path& path,
                                  const std::function<Result<void>(std::uint64_t)>& progress) {
  ImportFile file;
  file.path = path;
  std::error_code unseen;  // reading it says why
  file.written_at = std::filesystem::last_write_time(path, unseen);
  auto read = read_lync_xml(path, {[&](const LyncRecord& record) -> Result<void> {
                                     ++(encode_lync_record(record, source_of(path, record))
                                            ? file.events
                                            : file.unreadable);
                                     return {};
                                   },
                                   progress});
  if (!read) return read.error();
  file.content = std::move(*read);
  file.epoch = epoch_of(file.content.sha256);
  return file;
}

Result<void> read_import(const ImportFile& file, std::uint64_t through, Bytes last_sha256,
                         const ImportVisits& visits) {
  // Before anything of it is stored: the bytes that were read are those that the epoch is made of.
  ImportVisits checked = visits;
  checked.pack = [&](Bytes body) -> Result<void> {
    if (!is_as_before(file)) return changed();
    return visits.pack(std::move(body));
  };
  Packing packing(file, through, std::move(last_sha256), checked);
  const auto take = [&](const LyncRecord& record) -> Result<void> {
    schema::Source source = source_of(file.path, record);
    source.encoding = file.content.encoding;
    auto event = encode_lync_record(record, std::move(source));
    if (event) return packing.add(std::move(*event));
    return visits.unreadable({record.line, event.error().message, xml_of(record)});
  };
  const auto read = read_lync_xml(file.path, {take, visits.progress});
  if (!read) return read.error();
  if (read->sha256 != file.content.sha256) return changed();
  return packing.flush();
}

Result<Unreadable> keep_faulty(const ImportFile& file) {
  const LyncFault& fault = *file.content.fault;
  const std::uint64_t kept = std::min(file.content.bytes, kFaultyBytesMax);
  Unreadable faulty{fault.line, fault.what, Bytes(static_cast<std::size_t>(kept), '\0')};
  std::ifstream in(file.path, std::ios::binary);
  if (!in.read(faulty.raw.data(), static_cast<std::streamsize>(kept)))
    return Error{Action::stop, "it cannot be read a second time"};
  if (kept < file.content.bytes)
    faulty.reason +=
        fmt::format("; the first {} of its {} bytes are kept", kept, file.content.bytes);
  return faulty;
}

}  // namespace mgc::audit
