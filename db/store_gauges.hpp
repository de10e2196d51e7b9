#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

class Session;

/// What a monitoring system wants to know of mgccomp, beside what its service has counted.
struct StoreGauges {
  struct Lane {
    std::string name;
    std::uint64_t block = 0;  ///< the last one of its ledger; 0 = none yet
  };
  struct Node {
    std::string name;
    UtcTime received_at{};  ///< when the last watermark of its latest start was stored
    bool stopped = false;   ///< it said so, and nothing after it
  };

  std::vector<Lane> lanes;              ///< by name
  std::vector<Node> nodes;              ///< by name; those that say watermarks
  std::uint64_t open_gaps = 0;          ///< of all nodes; receipts stay before them
  std::uint64_t acknowledged_gaps = 0;  ///< open, and receipts go past them
  std::uint64_t dead_letters = 0;
};

/// Reads them in one snapshot, again and again. Each read costs two statements for a node and one
/// for a lane, on indexes, and a count of the dead letters.
///
/// Threads: one owner. Errors: after one, open another reader.
class StoreGaugesReader {
 public:
  /// @errors reconnect  cannot be reached. stop  not initialised, another version, no rights.
  [[nodiscard]] static Result<StoreGaugesReader> open(const std::string& dsn);
  StoreGaugesReader(StoreGaugesReader&&) noexcept;
  StoreGaugesReader& operator=(StoreGaugesReader&&) noexcept;
  ~StoreGaugesReader();

  [[nodiscard]] Result<StoreGauges> read();

 private:
  explicit StoreGaugesReader(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
