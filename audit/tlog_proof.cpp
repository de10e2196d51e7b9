#include "audit/tlog_proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "audit/base64.hpp"
#include "schema/limits.hpp"

namespace mgc::audit {
namespace {

using schema::Digest;

Error no_proof(std::string_view why) {
  return Error{Action::reject, fmt::format("no proof of c2sp.org/tlog-proof@v1: {}", why)};
}

/// Takes a line off `text`, without its end; nullopt when it has none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool take_word(std::string_view& line, std::string_view word) {
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  return true;
}

std::optional<std::uint64_t> read_index(std::string_view text) {
  std::uint64_t index = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (!whole || (text.size() > 1 && text.front() == '0') || index > schema::kNumberMax) {
    return std::nullopt;
  }
  return index;
}

}  // namespace

std::string proof_text(const TlogProof& proof) {
  std::string text(kProofHead);
  text.append("extra ").append(to_base64(proof.extra)).append("\n");
  text.append("index ").append(std::to_string(proof.index)).append("\n");
  for (const Digest& hash : proof.hashes) {
    text.append(to_base64(schema::bytes_of(hash))).append("\n");
  }
  return text.append("\n").append(proof.checkpoint);
}

Result<TlogProof> read_proof(std::string_view text) {
  TlogProof proof;
  if (!take_word(text, kProofHead)) return no_proof("its first line is another");
  auto line = take_line(text);
  if (!line || !take_word(*line, "extra ")) return no_proof("it has no line 'extra'");
  auto extra = from_base64(*line);
  if (!extra) return no_proof("its line 'extra' is no base 64");
  proof.extra = std::move(*extra);
  line = take_line(text);
  if (!line || !take_word(*line, "index ")) return no_proof("it has no line 'index'");
  const auto index = read_index(*line);
  if (!index) return no_proof("its index is no number");
  proof.index = *index;
  while ((line = take_line(text)) && !line->empty()) {
    const auto bytes = from_base64(*line);
    Digest& hash = proof.hashes.emplace_back();
    if (!bytes || bytes->size() != hash.size() || proof.hashes.size() > 64) {
      return no_proof("a line of it is no hash");
    }
    std::ranges::copy(*bytes, hash.begin());
  }
  if (!line) return no_proof("no checkpoint follows it");
  proof.checkpoint = text;
  return proof;
}

}  // namespace mgc::audit
