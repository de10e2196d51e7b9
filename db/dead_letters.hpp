#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

class Session;

/// The name of a pack: node, epoch, first sequence.
struct PackKey {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
};

/// Reads "node/epoch/first_sequence"; nullopt when it is something else.
[[nodiscard]] std::optional<PackKey> read_pack_key(std::string_view message_id);

/// A row of dead_letter, without its bytes.
struct LetterRow {
  std::int64_t id = 0;
  std::uint64_t bytes = 0;
  Bytes sha256;  ///< of the row's bytes
};

/// Bytes that could not be stored as events, with all parts that they are kept in.
struct DeadLetter {
  std::vector<LetterRow> rows;  ///< one, or its parts in order; its id is that of the first
  UtcTime received_at{};
  std::string lane;
  std::string message_id;  ///< as the sender chose it, printable
  std::string reason;
  std::optional<PackKey> pack;  ///< what it says it is, or what its message id says

  [[nodiscard]] std::int64_t id() const { return rows.front().id; }
  [[nodiscard]] std::uint64_t bytes() const;
};

/// What became of the pack that a letter says it is.
enum class PackState : std::uint8_t {
  unknown,      ///< the letter does not say which pack it is
  open,         ///< there is no such pack in mgccomp
  stored,       ///< it is stored, byte for byte
  other_bytes,  ///< another pack is stored in its place
};
[[nodiscard]] std::string_view to_string(PackState state);

/// Reads the dead letters of mgccomp; never writes. Two calls may see two states.
///
/// Threads: one owner. Memory: a window of 1,000 rows without their bytes, or one letter.
/// Errors:  reconnect  cannot be reached; stop  not initialised, newer version.
class DeadLetters {
 public:
  [[nodiscard]] static Result<DeadLetters> open(const std::string& mgccomp);
  DeadLetters(DeadLetters&&) noexcept;
  DeadLetters& operator=(DeadLetters&&) noexcept;
  ~DeadLetters();

  /// Shows all letters, nearly in order of their id, until `visit` returns false or an error. It
  /// may call the functions below.
  [[nodiscard]] Result<void> each(const std::function<Result<bool>(DeadLetter)>& visit);
  /// The letter that the row `id` is, or is a part of.
  [[nodiscard]] Result<std::optional<DeadLetter>> find(std::int64_t id);
  /// Its bytes as they came, parts joined.
  /// @errors stop  they are not those that were kept: the SHA-256 is another.
  [[nodiscard]] Result<Bytes> raw(const DeadLetter& letter);
  [[nodiscard]] Result<PackState> pack_state(const DeadLetter& letter);

 private:
  explicit DeadLetters(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
