#include "schema/receipt.hpp"

#include <fmt/format.h>

#include "mgc/v1/receipt.pb.h"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "schema/wire_reader.hpp"

namespace mgc::schema {

Bytes encode_receipt(const Receipt& receipt) {
  v1::Receipt message;
  message.set_node(receipt.node);
  message.set_epoch(receipt.epoch);
  message.set_through_sequence(receipt.through_sequence);
  message.set_last_sha256(receipt.last_sha256);
  message.set_refused_sha256(receipt.refused_sha256);
  message.set_refused_through(receipt.refused_through);
  return message.SerializeAsString();
}

Result<Receipt> decode_receipt(ByteView body) {
  // Larger than the longest legal receipt; checked first so that the reader never sees more.
  constexpr std::size_t kReceiptBytesMax = 1024;
  if (body.size() > kReceiptBytesMax) return Error{Action::reject, "a receipt that is too long"};
  // Not the generated parser, which writes a line to stderr for each text that is not UTF-8.
  WireReader in(body);
  Receipt receipt;
  while (in.next()) {
    switch (in.field()) {
      case 1: receipt.node = in.bytes(kNodeBytesMax, "node"); break;
      case 2: receipt.epoch = in.number("epoch"); break;
      case 3: receipt.through_sequence = in.number("through_sequence"); break;
      case 4: receipt.last_sha256 = in.bytes(sizeof(Digest), "last_sha256"); break;
      case 5: receipt.refused_sha256 = in.bytes(sizeof(Digest), "refused_sha256"); break;
      case 6: receipt.refused_through = in.number("refused_through"); break;
      default: in.skip();
    }
  }
  in.require(is_node_id(receipt.node), "no node id");
  in.require(receipt.epoch > 0, "the epoch is 0");
  for (const Bytes* sha256 : {&receipt.last_sha256, &receipt.refused_sha256}) {
    in.require(sha256->empty() || sha256->size() == sizeof(Digest), "the SHA-256 is not one");
  }
  if (!in.ok()) return Error{Action::reject, "a receipt that cannot be read: " + in.failure()};
  return receipt;
}

std::string receipt_address(std::string_view address, std::string_view node) {
  return fmt::format("{}.receipts.{}", address, node);
}

}  // namespace mgc::schema
