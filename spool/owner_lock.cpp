#include "spool/owner_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/log.hpp"

namespace mgc::spool {
namespace {

Error stop(std::string message) { return Error{Action::stop, std::move(message)}; }

Error cannot_lock(const std::filesystem::path& file, int error) {
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  if (error == ENOENT) {
    return stop(fmt::format("{}: the directory {} does not exist; make it, or name another file",
                            file.string(), directory.string()));
  }
  return stop(fmt::format("{}: cannot lock {}.lock: {}; check the rights of {}", file.string(),
                          file.string(), std::generic_category().message(error),
                          directory.string()));
}

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  const std::string_view digits(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto end = digits.find_first_not_of("0123456789");
  const auto process = digits.substr(0, end);
  return process.empty() ? "another process" : fmt::format("process {}", process);
}

bool write_holder(int descriptor) {
  const std::string text = fmt::format("{}\n", ::getpid());
  return ::ftruncate(descriptor, 0) == 0 &&
         ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::filesystem::path& file) {
  const std::filesystem::path lock_file = file.string() + ".lock";
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return cannot_lock(file, errno);
  OwnerLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot_lock(file, errno);
    return stop(fmt::format("{}: is in use by {}; end it, or name another file", file.string(),
                            holder_of(descriptor)));
  }
  // The lock holds without the text, which a full disk may refuse.
  if (!write_holder(descriptor)) {
    log_warning("{}: cannot write the process id: {}", lock_file.string(),
                std::generic_category().message(errno));
  }
  return lock;
}

OwnerLock::~OwnerLock() {
  if (descriptor_ >= 0 && ::close(descriptor_) != 0) {
    log_warning("a lock file could not be closed: {}", std::generic_category().message(errno));
  }
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace mgc::spool
