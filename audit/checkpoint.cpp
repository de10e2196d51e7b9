#include "audit/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "audit/base64.hpp"
#include "schema/limits.hpp"

namespace mgc::audit {
namespace {

using schema::Digest;

std::string base64_of(const Digest& digest) { return to_base64(schema::bytes_of(digest)); }

/// Reads the words of the lines, one after the other; the first that is not as wanted sticks.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string_view until(char end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos || at == 0) failed_ = true;
    if (failed_) return {};
    const std::string_view word = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return word;
  }
  std::uint64_t number(char end) {
    const std::string_view word = until(end);
    std::uint64_t value = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == word.data() + word.size();
    if (!whole || (word.size() > 1 && word.front() == '0') || value > schema::kNumberMax) {
      failed_ = true;
    }
    return value;
  }
  Digest digest() {
    Digest digest{};
    const auto bytes = from_base64(until('\n'));
    if (!bytes || bytes->size() != digest.size()) {
      failed_ = true;
    } else {
      std::ranges::copy(*bytes, digest.begin());
    }
    return digest;
  }
  void name(std::string_view wanted) {
    if (until(' ') != wanted) failed_ = true;
  }
  [[nodiscard]] bool ended_well() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::string url_part(std::string_view lane) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string part;
  for (const char letter : lane) {
    if (kPlain.find(letter) != std::string_view::npos) {
      part += letter;
    } else {
      part += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
  }
  return part;
}

std::string origin_of(std::string_view key_name, std::string_view lane) {
  return fmt::format("{}/{}", key_name, url_part(lane));
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\ncheckpoint {}\nblock {} {}\ndead-letters {} {}\n",
                     checkpoint.origin, checkpoint.events.size, base64_of(checkpoint.events.root),
                     checkpoint.number, checkpoint.block, base64_of(checkpoint.block_digest),
                     checkpoint.letters.size, base64_of(checkpoint.letters.root));
}

Result<Checkpoint> read_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  Words words(text);
  checkpoint.origin = words.until('\n');
  checkpoint.events.size = words.number('\n');
  checkpoint.events.root = words.digest();
  words.name("checkpoint");
  checkpoint.number = words.number('\n');
  words.name("block");
  checkpoint.block = words.number(' ');
  checkpoint.block_digest = words.digest();
  words.name("dead-letters");
  checkpoint.letters.size = words.number(' ');
  checkpoint.letters.root = words.digest();
  if (!words.ended_well()) {
    return Error{Action::reject, "it is signed, and is no checkpoint of a ledger"};
  }
  return checkpoint;
}

}  // namespace mgc::audit
