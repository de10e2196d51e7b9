#include "audit/letter_tree.hpp"

#include <fmt/format.h>

#include <optional>

#include "schema/merkle.hpp"

namespace mgc::audit {
namespace {

void append_text(Bytes& out, ByteView text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  out.append(text);
}

Result<void> check_bytes(db::ComplianceReader& reader, const db::LetterFacts& letter,
                         VerifyReport& report) {
  const auto raw = reader.ledger().letter_bytes(letter.id);
  if (!raw) return raw.error();
  if (schema::bytes_of(schema::Hasher().sha256(*raw)) != letter.sha256) {
    report.add(fmt::format("dead letter {}", letter.id), "its bytes were changed");
  }
  return {};
}

}  // namespace

Bytes letter_entry(const db::LetterFacts& letter) {
  constexpr char kVersion = 1;
  Bytes bytes(1, kVersion);
  schema::append_number(bytes, static_cast<std::uint64_t>(letter.id));
  schema::append_number(bytes, static_cast<std::uint64_t>(to_micros(letter.received_at)));
  append_text(bytes, letter.message_id);
  append_text(bytes, letter.reason);
  bytes.append(letter.sha256);
  const std::string node = letter.node.value_or("");
  bytes.push_back(static_cast<char>(node.size()));
  bytes.append(node);
  schema::append_number(bytes, letter.epoch.value_or(0));
  schema::append_number(bytes, letter.first_sequence.value_or(0));
  return bytes;
}

Result<std::vector<schema::Digest>> letter_roots(db::ComplianceReader& reader,
                                                 const std::string& lane, LetterBytes bytes,
                                                 VerifyReport& report) {
  schema::Hasher hasher;
  schema::CompactRange tree;
  std::vector<schema::Digest> roots = {tree.root()};
  Result<void> checked;
  const auto read = reader.ledger().each_letter(lane, [&](const db::LetterFacts& letter) {
    if (bytes == LetterBytes::check) checked = check_bytes(reader, letter, report);
    tree.append(hasher.leaf(letter_entry(letter)));
    roots.push_back(tree.root());
    return checked.has_value();
  });
  if (!read) return read.error();
  if (!checked) return checked.error();
  return roots;
}

}  // namespace mgc::audit
