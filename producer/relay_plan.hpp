#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "core/clock.hpp"
#include "spool/outbox.hpp"

namespace mgc::producer {

/// Decides which packs are sent next: what was sent, what the broker said, what the receipts said,
/// and how long nothing was heard. Pure: no I/O, no clock of its own, no threads.
///
/// Normal: packs are sent once, in order. A lost or released pack sends everything from the last
/// accepted one on again.
///
/// Probe: when no receipt comes for `receipt_wait` although packs were accepted, the oldest of them
/// are sent again: an unroutable message is `accepted` by some brokers, and a queue may have been
/// deleted. Only a few, so that a service that is down for an hour does not multiply the backlog:
/// while probes stay unanswered the wait doubles; when one is answered and what follows it is
/// missing too, the next one comes at once and is twice as large. A probe is beside the normal
/// sends and takes nothing from them.
///
/// Sweep: after a receipt that went back, and at a start, probes that are answered go on behind one
/// another, whether or not the receipts move: where a part of what was lost exists nowhere any
/// more, receipts stay before it, and what follows has to be sent all the same.
///
/// Errors: none; outcomes of probes, and of sends that were given up, are ignored.
/// Source: docs/adr/0001-settlement.md.
class RelayPlan {
 public:
  static constexpr std::size_t kProbePacksFirst = 64;
  static constexpr std::size_t kProbePacksMax = 8'192;
  static constexpr std::chrono::minutes kProbeWaitMax{30};

  /// Starts after what earlier runs had accepted and receipted.
  RelayPlan(spool::Position accepted, spool::Position receipted,
            std::chrono::milliseconds receipt_wait, SteadyTime now);

  /// The position after which the next packs are to be read and sent.
  [[nodiscard]] spool::Position cursor() const { return probing() ? probe_cursor_ : cursor_; }
  /// How many packs may be sent from there, beside the window of the sender.
  [[nodiscard]] std::size_t allowance() const;

  /// A pack that ends at `last` was handed to the sender; returns its tag.
  std::uint64_t sent(spool::Position last);
  /// The sender did not take the pack of `tag`, the last one sent; it is sent later.
  void unsent(std::uint64_t tag);
  /// The broker accepted, or rejected, the pack of `tag`: it is not sent again but by a probe.
  void settled(std::uint64_t tag, SteadyTime now);
  /// The pack of `tag` was lost or released: it and what follows is sent again.
  void returned(std::uint64_t tag);
  /// mgccomp holds everything through `through`.
  void receipted(spool::Position through, SteadyTime now);
  /// Starts a probe when it is time for one; true when it did.
  bool tick(SteadyTime now);

  [[nodiscard]] spool::Position accepted() const { return accepted_; }
  [[nodiscard]] spool::Position receipted() const { return receipted_; }
  /// True when something was accepted that is not known to be stored.
  [[nodiscard]] bool receipt_missing() const { return receipted_ < accepted_; }

 private:
  struct Sent {
    std::uint64_t tag = 0;
    spool::Position before;  ///< the cursor before it was sent
    spool::Position last;
    bool settled = false;
  };

  [[nodiscard]] bool probing() const { return probe_left_ > 0 && probe_cursor_ < accepted_; }
  [[nodiscard]] std::deque<Sent>::iterator find(std::uint64_t tag);

  const std::chrono::milliseconds receipt_wait_;
  spool::Position accepted_;    ///< everything up to here was accepted
  spool::Position receipted_;   ///< everything up to here is stored
  spool::Position cursor_;      ///< everything up to here was handed to the sender
  std::deque<Sent> in_flight_;  ///< normal sends behind accepted_, in order
  std::uint64_t next_tag_ = 1;

  spool::Position probe_cursor_;
  std::size_t probe_left_ = 0;  ///< packs that the probe may still send
  Sent probe_last_;             ///< the pack that a probe sent last
  std::size_t probe_packs_ = kProbePacksFirst;
  bool probe_again_ = false;        ///< the probe was answered and what follows it is missing too
  spool::Position sweep_end_;       ///< probes go on behind one another up to here
  bool probe_behind_ = false;       ///< the next one does
  std::chrono::milliseconds wait_;  ///< before the next probe
  SteadyTime heard_at_;             ///< last sign of progress
};

}  // namespace mgc::producer
