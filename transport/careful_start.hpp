#pragma once

#include <cstdint>
#include <optional>

namespace mgc::transport {

/// Which deliveries are handled with care after the process has started: those that were delivered
/// before, because one of them may be what ended the process that had them. They come one at a
/// time, until the first that is new: brokers put what comes back in front. Where the broker does
/// not say whether one is new, so many at first are handled so as the process before can have had,
/// if it was ended.
///
/// Pure. Threads: one owner. Errors: none. Source: docs/failure-modes.md.
class CarefulStart {
 public:
  /// @param unsaid  how many are suspect of which the broker says nothing.
  CarefulStart(bool careful, std::uint32_t unsaid) : careful_(careful), unsaid_(unsaid) {}

  /// The next delivery; true when it is suspect. @param redelivered  nullopt: nobody knows.
  [[nodiscard]] bool is_suspect(std::optional<bool> redelivered) {
    if (!careful_) return false;
    careful_ = redelivered.value_or(unsaid_ > 0);
    if (unsaid_ > 0) --unsaid_;
    return careful_;
  }
  /// How many messages the link may have, of `most`.
  [[nodiscard]] std::uint32_t messages_max(std::uint32_t most) const { return careful_ ? 1 : most; }

 private:
  bool careful_;
  std::uint32_t unsaid_;
};

}  // namespace mgc::transport
