#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/node_position.hpp"

namespace mgc::db {

class Session;

/// What became of a pack that a node has.
enum class PackFate : std::uint8_t {
  stored,        ///< these bytes are
  acknowledged,  ///< receipts go past its sequences: a dead letter, or said to be lost
  refused,       ///< they contradict what is stored, and are a dead letter
  contradicted,  ///< of its sequences others are stored
  unknown,       ///< nothing of it is there; it may be on its way
};

/// Reads mgccomp, for somebody who compares an outbox with it.
///
/// Threads: one owner. Errors: as ComplianceReader.
class PackFates {
 public:
  [[nodiscard]] static Result<PackFates> open(const std::string& dsn);
  PackFates(PackFates&& other) noexcept;
  ~PackFates();

  [[nodiscard]] Result<PackFate> of(const std::string& node, std::uint64_t epoch,
                                    SequenceRange range, ByteView sha256);

 private:
  explicit PackFates(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
