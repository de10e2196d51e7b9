#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::audit {

/// One message that mgc and mgccomp do not agree about.
struct Disagreement {
  enum class Kind : std::uint8_t {
    missing,    ///< in mgc and not in mgccomp
    extra,      ///< in mgccomp, and no message of mgc accounts for it
    different,  ///< content, author or time are not the same
  };
  Kind kind = Kind::missing;
  std::string room;  ///< uri
  std::int64_t chat_id = 0;
  UtcTime occurred_at{};              ///< as recorded; for `missing` as mgc has it
  std::optional<std::string> author;  ///< uri; as occurred_at
  std::string event;                  ///< "node/epoch/sequence"; empty for `missing`
  std::string what;                   ///< may hold parts of the content
};
[[nodiscard]] std::string_view to_string(Disagreement::Kind kind);

/// Each message of mgc is in exactly one of equal, missing, different, edited and deleted; each
/// event in one of equal, extra, different, edited, deleted and purged.
struct Reconciliation {
  std::uint64_t messages = 0;  ///< of mgc, without those that came after it was begun
  std::uint64_t events = 0;    ///< CHAT and BACKCHAT events that name a message
  std::uint64_t equal = 0, missing = 0, extra = 0, different = 0;
  std::uint64_t edited = 0;      ///< other content, and it is that of an EDIT event
  std::uint64_t deleted = 0;     ///< gone from mgc or replaced there, as a DELETE event says
  std::uint64_t purged = 0;      ///< gone from mgc, as a PURGE event says
  std::uint64_t unnumbered = 0;  ///< CHAT events that name no message, which cannot be compared
  std::uint64_t open_gaps = 0;   ///< what is missing may be in them
  std::vector<Disagreement> findings;  ///< the first ones, by room and number

  [[nodiscard]] bool ok() const { return missing + extra + different == 0; }
};

/// Compares every message of the chat database `mgc` with the compliance record.
///
/// What is posted while it runs is left out: mgc is asked first how far each room is numbered. What
/// was posted before and is still on its way to mgccomp is missing.
///
/// @param findings_max  how many findings are kept; the counts are always whole.
/// @param progress      called now and then with the messages done, and how many there are at most.
/// @errors as ChatHistory and MessageEvents.
/// @cost   one pass over both, in the order of rooms and numbers; memory is a page of messages and
///         24 bytes for each room of mgc.
[[nodiscard]] Result<Reconciliation> reconcile(
    const std::string& mgc, const std::string& mgccomp, std::size_t findings_max,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace mgc::audit
