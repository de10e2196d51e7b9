#include "audit/line_export.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>
#include <utility>

#include "audit/export_file.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class LineWriter final : public ExportWriter {
 public:
  LineWriter(OpenExport open, const LineFormat& format, std::function<void(std::uint64_t)> progress)
      : export_(std::move(open)), format_(format), progress_(std::move(progress)) {}

  [[nodiscard]] Result<void> open() override;
  [[nodiscard]] Result<void> write(const db::ComplianceEvent& event) override;
  [[nodiscard]] Result<void> end_lane() override { return {}; }
  [[nodiscard]] Result<void> stop() override { return save(); }
  [[nodiscard]] Result<json> finish() override;

 private:
  [[nodiscard]] fs::path path() const { return export_.path(format_.file); }
  [[nodiscard]] fs::path part_path() const { return export_.path(format_.file + ".part"); }
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> save();

  const OpenExport export_;
  const LineFormat& format_;
  const std::function<void(std::uint64_t)> progress_;
  std::optional<ExportFile> file_;
  Bytes pending_;
  std::uint64_t saved_bytes_ = 0;
};

Result<void> LineWriter::open() {
  const std::uint64_t kept = export_.state.bytes;
  // Killed between the two last steps: the file has its name, and no manifest says so.
  std::error_code none;
  if (kept > 0 && !fs::exists(part_path(), none)) fs::rename(path(), part_path(), none);
  auto file = ExportFile::open(part_path(), kept);
  if (!file) return file.error();
  file_.emplace(std::move(*file));
  saved_bytes_ = kept;
  if (kept == 0) pending_ = format_.header;
  return {};
}

Result<void> LineWriter::write(const db::ComplianceEvent& event) {
  pending_ += format_.line(event);
  export_.state.count(event);
  export_.state.through = event.event_id;
  if (pending_.size() < kWriteBytes) return {};
  progress_(export_.state.events);
  if (auto flushed = flush(); !flushed) return flushed;
  if (file_->bytes() - saved_bytes_ < kStateBytes) return {};
  return save();
}

Result<void> LineWriter::flush() {
  if (auto appended = file_->append(pending_); !appended) return appended;
  pending_.clear();
  export_.state.bytes = file_->bytes();
  return {};
}

Result<void> LineWriter::save() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto synced = file_->sync(); !synced) return synced;
  saved_bytes_ = export_.state.bytes;
  return export_.save();
}

Result<json> LineWriter::finish() {
  if (auto saved = save(); !saved) return saved.error();
  const auto sha256 = sha256_of_file(part_path());
  if (!sha256) return sha256.error();
  std::error_code failed;
  fs::rename(part_path(), path(), failed);
  if (failed) return Error{Action::stop, fmt::format("{}: {}", path().string(), failed.message())};
  return json::array({file_json({format_.file, export_.state.bytes, *sha256})});
}

}  // namespace

std::unique_ptr<ExportWriter> make_line_writer(OpenExport open, const LineFormat& format,
                                               std::function<void(std::uint64_t)> progress) {
  return std::make_unique<LineWriter>(std::move(open), format, std::move(progress));
}

}  // namespace mgc::audit
