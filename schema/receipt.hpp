#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::schema {

inline constexpr std::string_view kReceiptContentType = "application/vnd.mgc.receipt";

/// "Everything of `node`, `epoch`, through `through_sequence` is kept in mgccomp."
struct Receipt {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t through_sequence = 0;  ///< 0 = nothing yet
  Bytes last_sha256 = {};     ///< of the body of the pack that ends there; empty = not known
  Bytes refused_sha256 = {};  ///< of a pack that contradicts what is stored; empty = none does
  std::uint64_t refused_through = 0;  ///< the last sequence of that pack
};

[[nodiscard]] Bytes encode_receipt(const Receipt& receipt);

/// @errors reject  malformed, no node, a number out of range.
[[nodiscard]] Result<Receipt> decode_receipt(ByteView body);

/// The address on which `node` hears its receipts for the queue `address`.
[[nodiscard]] std::string receipt_address(std::string_view address, std::string_view node);

}  // namespace mgc::schema
