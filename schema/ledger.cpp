// Events are a few hundred bytes, and each is hashed twice: EVP's way to the same code, through
// locks and tables of providers, would cost a fifth more. See docs/performance.md.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "schema/ledger.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace mgc::schema {

void append_number(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

Digest digest_of(ByteView bytes) {
  Digest digest{};
  if (bytes.size() == digest.size()) std::ranges::copy(bytes, digest.begin());
  return digest;
}

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0xFU]);
  }
  return out;
}

void Hasher::begin() { MGC_ASSERT(SHA256_Init(&context_) == 1); }

void Hasher::add(ByteView bytes) {
  MGC_ASSERT(SHA256_Update(&context_, bytes.data(), bytes.size()) == 1);
}

Digest Hasher::finish() {
  Digest digest;
  MGC_ASSERT(SHA256_Final(digest.data(), &context_) == 1);
  return digest;
}

Digest Hasher::sha256(ByteView bytes) {
  begin();
  add(bytes);
  return finish();
}

Digest Hasher::leaf(ByteView event) {
  begin();
  add(ByteView("\x00", 1));
  add(event);
  return finish();
}

Digest Hasher::node(const Digest& left, const Digest& right) {
  begin();
  add(ByteView("\x01", 1));
  add(bytes_of(left));
  add(bytes_of(right));
  return finish();
}

Digest Hasher::root(std::vector<Digest> level) {
  MGC_ASSERT(!level.empty());
  // Pairing neighbours and promoting an odd last one gives the same tree as RFC 6962's split at
  // the largest power of two.
  while (level.size() > 1) {
    std::size_t parents = 0;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      level[parents++] = i + 1 < level.size() ? node(level[i], level[i + 1]) : level[i];
    }
    level.resize(parents);
  }
  return level.front();
}

Digest Hasher::block(const Digest& previous, const Digest& root, const BlockCounts& counts) {
  Bytes numbers;
  append_number(numbers, counts.block);
  append_number(numbers, counts.first_event_id);
  append_number(numbers, counts.events);
  append_number(numbers, counts.packs);
  begin();
  add(ByteView("\x02", 1));
  add(bytes_of(previous));
  add(bytes_of(root));
  add(numbers);
  return finish();
}

}  // namespace mgc::schema
