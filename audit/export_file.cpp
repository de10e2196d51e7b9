#include "audit/export_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "core/failpoint.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

Error disk_error(const std::filesystem::path& path, std::string_view what) {
  return Error{Action::stop, fmt::format("{}: {}: {}", path.string(), what,
                                         std::generic_category().message(errno))};
}

Result<void> sync_by(int (*call)(int), const std::filesystem::path& dir) {
  const int descriptor = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return disk_error(dir, "cannot be read");
  const int synced = call(descriptor);
  const int why = errno;
  ::close(descriptor);
  errno = why;
  if (synced != 0) return disk_error(dir, "is not on disk");
  return {};
}

}  // namespace

Result<ExportFile> ExportFile::open(std::filesystem::path path, std::uint64_t kept_bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return disk_error(path, "cannot be written");
  ExportFile file(std::move(path), descriptor, kept_bytes);
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return disk_error(file.path_, "cannot be read");
  if (static_cast<std::uint64_t>(found.st_size) < kept_bytes) {
    return Error{Action::stop, fmt::format("{}: is shorter than it was; remove the directory and "
                                           "export again",
                                           file.path_.string())};
  }
  const auto end = static_cast<off_t>(kept_bytes);
  if (::ftruncate(descriptor, end) != 0 || ::lseek(descriptor, end, SEEK_SET) != end)
    return disk_error(file.path_, "cannot be cut");
  return file;
}

ExportFile::ExportFile(ExportFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_(other.bytes_) {}

ExportFile::~ExportFile() {
  if (descriptor_ >= 0) ::close(descriptor_);  // what counts was synced
}

Result<void> ExportFile::append(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return disk_error(path_, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    bytes_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> ExportFile::sync() {
  if (::fsync(descriptor_) != 0) return disk_error(path_, "is not on disk");
  return {};
}

std::filesystem::path aside(const std::filesystem::path& path) {
  std::filesystem::path beside = path;
  return beside += ".new";
}

Result<void> write_aside(const std::filesystem::path& path, ByteView bytes, Sync sync) {
  auto file = ExportFile::open(aside(path), 0);
  if (!file) return file.error();
  if (auto written = file->append(bytes); !written) return written;
  if (sync == Sync::now) {
    if (auto synced = file->sync(); !synced) return synced;
  }
  if (reach_failpoint("export.aside") == Failure::error)
    return Error{Action::stop, "failure point export.aside"};
  return {};
}

Result<void> take_from_aside(const std::filesystem::path& path) {
  if (::rename(aside(path).c_str(), path.c_str()) != 0) return disk_error(path, "cannot be made");
  return {};
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes) {
  if (auto written = write_aside(path, bytes); !written) return written;
  return take_from_aside(path);
}

Result<void> sync_directory(const std::filesystem::path& dir) { return sync_by(::fsync, dir); }

Result<void> sync_filesystem(const std::filesystem::path& dir) { return sync_by(::syncfs, dir); }

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return disk_error(path, "cannot be read");
  return text;
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
  MGC_ASSERT(hash != nullptr && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1);
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open()) return disk_error(path, "cannot be read");
  std::vector<char> piece(std::size_t{256} * 1024);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    const auto got = static_cast<std::size_t>(in.gcount());
    MGC_ASSERT(EVP_DigestUpdate(hash.get(), piece.data(), got) == 1);
  }
  if (in.bad()) return disk_error(path, "cannot be read");
  schema::Digest digest{};
  MGC_ASSERT(EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) == 1);
  return schema::to_hex(schema::bytes_of(digest));
}

}  // namespace mgc::audit
