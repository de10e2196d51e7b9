#include "audit/formats/lync_values.hpp"

#include "schema/ledger.hpp"

namespace mgc::audit {

std::string_view without_sip(std::string_view uri) {
  return uri.starts_with("sip:") ? uri.substr(4) : uri;
}

std::int64_t sender_id(std::string_view uri) {
  schema::Hasher hasher;
  const schema::Digest digest = hasher.sha256(uri);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = (id << 8U) | digest[i];
  return id & 0x7FFF'FFFFU;
}

}  // namespace mgc::audit
