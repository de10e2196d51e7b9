#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "db/dead_letters.hpp"

namespace mgc::app {

/// What became of one letter.
struct ReplayedLetter {
  std::int64_t id = 0;
  std::string message_id;
  std::string outcome;  ///< "accepted", or why it was not
  bool accepted = false;
};

struct LetterReplay {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;            ///< by the broker, or not as it was kept
  std::uint64_t skipped = 0;            ///< of --all: their pack is stored meanwhile
  std::vector<ReplayedLetter> letters;  ///< the first kListed

  static constexpr std::size_t kListed = 10'000;
};

/// Sends letters to the queue that they came from, one after the other, each as the message that
/// it was; the compliance service decides anew. Writes nothing to mgccomp.
///
/// @param ids  which ones; empty = all of this queue whose pack is not stored.
/// @errors stop  there is no such letter, or it came from another queue. reconnect  the broker
///         cannot be reached or gives no answer; what was sent before may be sent again.
[[nodiscard]] Result<LetterReplay> replay_letters(
    db::DeadLetters& letters, const std::vector<std::int64_t>& ids, const BrokerFlags& flags,
    const Clock& clock, std::stop_token stop, const std::function<void(std::uint64_t)>& progress);

}  // namespace mgc::app
