#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace mgc::spool {

/// Proof that this process alone owns a file: an exclusive lock on FILE.lock, which holds the
/// owner's process id as text. The kernel ends it with the process, however that ends; the lock
/// file stays, since removing it would let two owners lock two files of one name.
///
/// Threads: one owner. Ownership: released when destroyed.
class OwnerLock {
 public:
  /// Never waits.
  /// @errors stop  another process (or another part of this one) holds it; its process id is in
  ///               the message. Or the lock file cannot be made.
  [[nodiscard]] static Result<OwnerLock> take(const std::filesystem::path& file);
  ~OwnerLock();
  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&& other) noexcept;
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

 private:
  explicit OwnerLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace mgc::spool
