#pragma once

#include <sqlite3.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace mgc::test {

/// While it lives, every SQLite file of the process that is opened lies on a disk that can be told
/// to be full (no file can grow), to fail or to stand still, and that counts how often it is made
/// to put everything down for good.
///
/// Threads: any.
/// Source: www.sqlite.org/vfs.html; wraps SQLite's own VFS and forwards all that it does not fail.
class FaultyDisk {
 public:
  FaultyDisk() : real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;
    vfs_.zName = "mgc-faulty-disk";
    vfs_.pNext = nullptr;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) throw std::runtime_error("no such disk");
  }
  ~FaultyDisk() { sqlite3_vfs_unregister(&vfs_); }
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  void set_full(bool full) { full_ = full; }
  void set_sync_fails(bool fails) { sync_code_ = fails ? SQLITE_IOERR_FSYNC : SQLITE_OK; }
  /// While it is held, a sync does not return.
  void set_sync_held(bool held) { sync_held_ = held; }
  [[nodiscard]] int syncs() const { return syncs_; }

 private:
  /// Lies in memory directly before the file of the wrapped VFS.
  struct File {
    sqlite3_file base;
    FaultyDisk* disk;
    sqlite3_file* real;
  };
  static File& self(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return self(file).real; }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    File& opened = self(file);
    opened = File{{nullptr}, disk, reinterpret_cast<sqlite3_file*>(&opened + 1)};
    const int code = disk->real_->xOpen(disk->real_, name, opened.real, flags, out);
    if (opened.real->pMethods != nullptr) opened.base.pMethods = &methods();
    return code;
  }

  static int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
    sqlite3_int64 end = 0;
    if (self(f).disk->full_ && real(f)->pMethods->xFileSize(real(f), &end) == SQLITE_OK &&
        at + size > end) {
      return SQLITE_FULL;
    }
    return real(f)->pMethods->xWrite(real(f), data, size, at);
  }
  static int sync(sqlite3_file* f, int flags) {
    FaultyDisk& disk = *self(f).disk;
    ++disk.syncs_;
    while (disk.sync_held_) std::this_thread::yield();
    const int code = disk.sync_code_;
    return code != SQLITE_OK ? code : real(f)->pMethods->xSync(real(f), flags);
  }

  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;  // with shared memory, without mapped files
      m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
      m.xRead = [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), data, size, at);
      };
      m.xWrite = write;
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        return real(f)->pMethods->xTruncate(real(f), size);
      };
      m.xSync = sync;
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return real(f)->pMethods->xFileSize(real(f), size);
      };
      m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
      m.xUnlock = [](sqlite3_file* f, int level) {
        return real(f)->pMethods->xUnlock(real(f), level);
      };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return real(f)->pMethods->xCheckReservedLock(real(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int code, void* arg) {
        return real(f)->pMethods->xFileControl(real(f), code, arg);
      };
      m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return real(f)->pMethods->xDeviceCharacteristics(real(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
        return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) {
        return real(f)->pMethods->xShmUnmap(real(f), remove);
      };
      return m;
    }();
    return kMethods;
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
  std::atomic<bool> full_{false};
  std::atomic<bool> sync_held_{false};
  std::atomic<int> sync_code_{SQLITE_OK};
  std::atomic<int> syncs_{0};
};

}  // namespace mgc::test
