#pragma once

#include <cstdint>
#include <stop_token>

#include "consumer/decode.hpp"
#include "consumer/given_up.hpp"
#include "consumer/writer.hpp"
#include "core/result.hpp"
#include "schema/ledger.hpp"

namespace mgc::consumer {

/// What becomes of a suspect message that has been tried `attempts` times without an end. Pure.
struct Verdict {
  static constexpr std::uint32_t kAttemptsMax = 3;

  std::uint32_t attempts = 0;

  /// It is not looked into again.
  [[nodiscard]] bool give_up() const { return attempts >= kAttemptsMax; }
  /// What is marked before it is tried.
  [[nodiscard]] std::uint32_t marked() const { return attempts + 1; }
  /// What is marked after: an end by `stored`, or one that the message is not to blame for.
  [[nodiscard]] std::uint32_t after(bool stored) const { return stored ? 0 : attempts; }
};

/// Tries suspect messages, one at a time. Before one is decoded a mark in mgccomp says so; if the
/// process ends before the mark is taken away, the next one counts it. A message that has ended
/// three is a dead letter, without being looked into.
///
/// Threads: one owner (the writer's). Errors: each call says. Source: docs/failure-modes.md.
class Trials {
 public:
  Trials(Writer& writer, GivenUp& given_up) : writer_(writer), given_up_(given_up) {}

  /// Reads which messages were given up. @errors as Writer::commit().
  [[nodiscard]] Result<void> load(std::stop_token stop);
  /// Marks `suspect` and decodes it, or makes it a dead letter. @errors as Writer::commit().
  [[nodiscard]] Result<DecodedRecord> begin(DecodedRecord suspect, std::stop_token stop);
  /// After the record is stored and settled, or the service ends in order without it.
  void end(bool stored);

 private:
  Writer& writer_;
  GivenUp& given_up_;
  db::PackReader reader_;
  Verdict verdict_;
  db::Attempt attempt_;  ///< the mark that end() takes away
};

}  // namespace mgc::consumer
