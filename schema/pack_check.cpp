#include "schema/pack_check.hpp"

#include "schema/ledger.hpp"

namespace mgc::schema {
namespace {

constexpr std::size_t kDigestBytes = 8;
/// The magic number of a skippable frame, and its size, the least significant byte first.
constexpr ByteView kBefore{"\x5D\x2A\x4D\x18\x08\x00\x00\x00", kPackCheckBytes - kDigestBytes};

Bytes check_of(ByteView frame) {
  const Digest digest = Hasher().sha256(frame);
  return Bytes(kBefore) + Bytes(bytes_of(digest).substr(0, kDigestBytes));
}

}  // namespace

void append_check(Bytes& frame) { frame += check_of(frame); }

std::string check_fault(ByteView body, std::size_t frame_bytes) {
  const ByteView rest = body.substr(frame_bytes);
  if (rest.empty()) return {};
  if (rest.size() != kPackCheckBytes || rest.substr(0, kBefore.size()) != kBefore)
    return "bytes follow the end of the zstd frame";
  if (rest != check_of(body.substr(0, frame_bytes)))
    return "the body was changed on its way: its check differs";
  return {};
}

}  // namespace mgc::schema
