#pragma once

#include <cstddef>
#include <memory>
#include <proton/receiver.hpp>

#include "transport/message.hpp"

struct pn_delivery_t;
struct evp_md_ctx_st;

namespace mgc::transport {

/// What a message larger than kWholeBytesMax keeps of itself when it is also larger than its limit.
inline constexpr std::size_t kCutBytes = std::size_t{4} * 1024 * 1024;

/// A message that is too large to be a pack, taken out of Proton piece by piece: it is in memory
/// once, as it came, instead of in a buffer for each layer, and what is beyond the limit is only
/// counted and hashed. Proton itself would buffer all of it before anybody hears of it.
///
/// Threads: the connection's.
class LargeMessage {
 public:
  explicit LargeMessage(std::size_t bytes_max);
  ~LargeMessage();
  LargeMessage(const LargeMessage&) = delete;
  LargeMessage& operator=(const LargeMessage&) = delete;

  /// After bytes came and before Proton's handlers hear of them, who want the message whole. True
  /// when all of it has come.
  [[nodiscard]] bool take(const proton::receiver& link);
  /// The whole message, once. Its delivery has to be settled.
  struct Taken {
    pn_delivery_t* delivery = nullptr;
    ReceivedMessage received;  ///< always with a fault
  };
  [[nodiscard]] Taken finish();
  /// Its connection is gone.
  void forget();
  /// In memory.
  [[nodiscard]] std::size_t bytes() const { return kept_.size(); }

 private:
  void add(ByteView piece);

  const std::size_t bytes_max_;
  const std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> hash_;
  pn_delivery_t* delivery_ = nullptr;  ///< the one under way
  Bytes kept_;
  std::size_t total_ = 0;
  bool cut_ = false;  ///< `kept_` is only its beginning
};

}  // namespace mgc::transport
