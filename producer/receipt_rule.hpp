#pragma once

#include <cstdint>

#include "spool/outbox.hpp"

namespace mgc::producer {

/// What a node does about a receipt.
enum class ReceiptMeans : std::uint8_t {
  nothing,        ///< it is for another life of the outbox
  wait,           ///< it goes back, for the first time: an older one may have come late
  take,           ///< it says how far mgccomp holds this node
  older_copy,     ///< mgccomp holds more than was ever recorded here
  other_history,  ///< mgccomp holds other events under the same sequences
};

/// Judges receipts. After the last two nothing may be sent or purged any more: another outbox with
/// this node and epoch, a copy or the newer original of a restored one, is or was in use.
///
/// Pure: no I/O, no clock, no threads.
class ReceiptRule {
 public:
  struct Facts {
    spool::Position through;    ///< of the receipt
    spool::Position recorded;   ///< the last event of this outbox
    spool::Position receipted;  ///< so far
    /// The pack here that ends with `through`, and the one that the receipt names.
    spool::PackMatch last = spool::PackMatch::unknown;
    /// A pack here, and the one that mgccomp refused because it contradicts what is stored.
    spool::PackMatch refused = spool::PackMatch::unknown;
  };
  [[nodiscard]] ReceiptMeans judge(const Facts& facts);

 private:
  bool doubted_ = false;  ///< the receipt before went back
};

}  // namespace mgc::producer
