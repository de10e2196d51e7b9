#include "schema/receipt.hpp"

#include <fmt/format.h>

#include "mgc/v1/receipt.pb.h"
#include "schema/limits.hpp"
#include "schema/pack.hpp"

namespace mgc::schema {

Bytes encode_receipt(const Receipt& receipt) {
  v1::Receipt message;
  message.set_node(receipt.node);
  message.set_epoch(receipt.epoch);
  message.set_through_sequence(receipt.through_sequence);
  return message.SerializeAsString();
}

Result<Receipt> decode_receipt(ByteView body) {
  v1::Receipt message;
  // Larger than the longest legal receipt; checked first so that the parser never sees more.
  constexpr std::size_t kReceiptBytesMax = 1024;
  if (body.size() > kReceiptBytesMax ||
      !message.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Error{Action::reject, "a receipt that cannot be read"};
  }
  if (!is_node_id(message.node())) return Error{Action::reject, "a receipt without a node id"};
  if (message.epoch() == 0 || message.epoch() > kNumberMax ||
      message.through_sequence() > kNumberMax) {
    return Error{Action::reject, "a receipt with a number out of range"};
  }
  return Receipt{message.node(), message.epoch(), message.through_sequence()};
}

std::string receipt_address(std::string_view address, std::string_view node) {
  return fmt::format("{}.receipts.{}", address, node);
}

}  // namespace mgc::schema
