#pragma once

#include <memory>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::db {

/// An empty mgccomp beside the one that a string names, for measurements: a schema of the same
/// PostgreSQL database, a database of the same MariaDB server, a file in the same directory. It is
/// removed with everything in it when it goes; the one that was named is never opened.
///
/// Threads: one owner. Ownership: whoever opened dsn() has closed it before.
class ScratchStore {
  struct Private {};

 public:
  ScratchStore(Private unused, std::string dsn, std::string name,
               std::string engine);  ///< make() alone makes one
  /// @errors stop  the login may not make it, or the engine is none of those three. reconnect  the
  ///         server cannot be reached.
  [[nodiscard]] static Result<std::unique_ptr<ScratchStore>> make(const std::string& mgccomp,
                                                                  const Clock& clock);
  ~ScratchStore();
  ScratchStore(const ScratchStore&) = delete;
  ScratchStore& operator=(const ScratchStore&) = delete;

  [[nodiscard]] const std::string& dsn() const { return dsn_; }

 private:
  [[nodiscard]] Result<void> remove() const;

  const std::string dsn_;
  const std::string name_;  ///< of the schema, the database or the file
  const std::string engine_;
};

}  // namespace mgc::db
