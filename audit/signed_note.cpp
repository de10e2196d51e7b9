#include "audit/signed_note.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "audit/base64.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

constexpr std::string_view kSignatureMark = "\xE2\x80\x94 ";  // an em dash and a space

struct SplitNote {
  std::string_view text;        ///< with its last line end
  std::string_view signatures;  ///< lines
};

Error no_note(std::string_view why) {
  return Error{Action::reject, fmt::format("no signed note: {}", why)};
}

Result<SplitNote> split(std::string_view note) {
  if (note.size() > kNoteBytesMax) return no_note("it is longer than 64 KiB");
  if (!is_utf8(note)) return no_note("it is not UTF-8");
  const auto is_control = [](char byte) {
    return static_cast<unsigned char>(byte) < ' ' && byte != '\n';
  };
  if (std::ranges::any_of(note, is_control)) return no_note("it holds control characters");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return no_note("no blank line comes before its signatures");
  SplitNote parts{note.substr(0, blank + 1), note.substr(blank + 2)};
  if (parts.signatures.empty() || parts.signatures.back() != '\n') {
    return no_note("it does not end with the line of a signature");
  }
  return parts;
}

struct Signature {
  std::string_view name;
  Bytes bytes;  ///< key id and signature
};

std::optional<Signature> read_signature(std::string_view line) {
  if (!line.starts_with(kSignatureMark)) return std::nullopt;
  line.remove_prefix(kSignatureMark.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return Signature{line.substr(0, space), std::move(*bytes)};
}

Result<std::vector<Signature>> read_signatures(std::string_view lines) {
  std::vector<Signature> all;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    auto signature = read_signature(lines.substr(0, end));
    if (!signature) return no_note("a line after the blank one is no signature");
    all.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  return all;
}

}  // namespace

std::string sign_note(std::string_view text, const SigningKey& key) {
  const std::string signature = to_base64(key.verifier().id() + key.sign(text));
  return fmt::format("{}\n{}{} {}\n", text, kSignatureMark, key.verifier().name(), signature);
}

Result<std::string_view> open_note(std::string_view note, std::span<const VerifierKey> keys) {
  const auto parts = split(note);
  if (!parts) return parts.error();
  const auto signatures = read_signatures(parts->signatures);
  if (!signatures) return signatures.error();
  bool is_signed = false;
  for (const Signature& signature : *signatures) {
    const ByteView bytes = signature.bytes;
    for (const VerifierKey& key : keys) {
      if (key.name() != signature.name || key.id() != bytes.substr(0, key.id().size())) continue;
      if (!key.verify(parts->text, bytes.substr(key.id().size()))) {
        return Error{Action::reject,
                     fmt::format("its signature by {} is not of this text", key.name())};
      }
      is_signed = true;
    }
  }
  if (!is_signed) return Error{Action::reject, "none of the keys that are trusted has signed it"};
  return parts->text;
}

Result<std::string_view> unverified_text(std::string_view note) {
  const auto parts = split(note);
  if (!parts) return parts.error();
  const auto signatures = read_signatures(parts->signatures);
  if (!signatures) return signatures.error();
  return parts->text;
}

}  // namespace mgc::audit
