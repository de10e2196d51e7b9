#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::db {

class Session;

/// How much of an imported file is stored: the file is an epoch of the node of its import.
struct ImportPosition {
  std::uint64_t through = 0;  ///< all its sequences up to this one; 0 = none
  Bytes last_sha256;  ///< of the body of the pack that ends there; empty when none is stored
};

/// Asks mgccomp how far imports have come; never writes.
///
/// Threads: one owner. Errors: reconnect  cannot be reached; stop  not initialised, newer version.
class ImportPositions {
 public:
  [[nodiscard]] static Result<ImportPositions> open(const std::string& mgccomp);
  ImportPositions(ImportPositions&&) noexcept;
  ImportPositions& operator=(ImportPositions&&) noexcept;
  ~ImportPositions();

  [[nodiscard]] Result<ImportPosition> find(std::string_view node, std::uint64_t epoch);

 private:
  explicit ImportPositions(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
