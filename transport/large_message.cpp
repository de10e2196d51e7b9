#include "transport/large_message.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <proton/delivery.h>
#include <proton/link.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/assert.hpp"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "transport/message_codec.hpp"
#include "transport/unwrap.hpp"

namespace mgc::transport {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

}  // namespace

LargeMessage::LargeMessage(std::size_t bytes_max)
    : bytes_max_(std::max(bytes_max, kCutBytes)), hash_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  MGC_ASSERT(hash_ != nullptr);
}

LargeMessage::~LargeMessage() = default;

bool LargeMessage::take(const proton::receiver& link) {
  pn_link_t* const raw = Unwrap<proton::receiver>::of(link);
  pn_delivery_t* const current = pn_link_current(raw);
  if (current == nullptr || pn_delivery_aborted(current)) {
    forget();  // what was aborted Proton settles by itself
    return false;
  }
  if (delivery_ == nullptr && pn_delivery_pending(current) <= kWholeBytesMax) return false;
  delivery_ = current;
  std::array<char, kPieceBytes> piece{};
  while (pn_delivery_pending(current) > 0) {
    const ssize_t got = pn_link_recv(raw, piece.data(), piece.size());
    MGC_ASSERT(got > 0);
    add({piece.data(), static_cast<std::size_t>(got)});
  }
  if (pn_delivery_partial(current)) return false;
  pn_link_advance(raw);  // to Proton's handlers it is no news any more
  return true;
}

void LargeMessage::add(ByteView piece) {
  total_ += piece.size();
  if (cut_) {
    MGC_ASSERT(EVP_DigestUpdate(hash_.get(), piece.data(), piece.size()) == 1);
    return;
  }
  kept_.append(piece);
  if (total_ <= bytes_max_) return;
  cut_ = true;
  MGC_ASSERT(EVP_DigestInit_ex(hash_.get(), EVP_sha256(), nullptr) == 1);
  MGC_ASSERT(EVP_DigestUpdate(hash_.get(), kept_.data(), kept_.size()) == 1);
  kept_ = kept_.substr(0, kCutBytes);
}

LargeMessage::Taken LargeMessage::finish() {
  Taken taken;
  taken.delivery = delivery_;
  taken.received = read_beginning(kept_);
  taken.received.fault =
      fmt::format("the message has {} bytes, more than a pack of {} and the sections around it",
                  total_, schema::kPackBytesMax);
  if (cut_) {
    schema::Digest digest{};
    MGC_ASSERT(EVP_DigestFinal_ex(hash_.get(), digest.data(), nullptr) == 1);
    taken.received.fault = fmt::format(
        "the message has {} bytes, more than the {} that are taken; here are its first {}, the "
        "broker was told to keep all of it as a dead letter of its own, SHA-256 {}",
        total_, bytes_max_, kCutBytes, schema::to_hex(schema::bytes_of(digest)));
    taken.received.too_large = true;
  }
  taken.received.message.body = std::move(kept_);
  forget();
  return taken;
}

void LargeMessage::forget() {
  delivery_ = nullptr;
  kept_ = Bytes();
  total_ = 0;
  cut_ = false;
}

}  // namespace mgc::transport
