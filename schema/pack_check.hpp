#pragma once

#include <string>

#include "core/bytes.hpp"

namespace mgc::schema {

/// The check of a pack's own bytes, at its end: a skippable frame, which every reader of zstd
/// passes over, with the first 8 bytes of the SHA-256 of what is before it.
///
/// zstd's checksum covers what a frame expands to. Some bits of the frame itself mean nothing, or
/// the same either way; with one of them changed it is the same events under another SHA-256, and
/// the pack after it would contradict it. docs/adr/0013-check-of-a-pack.md
/// Source: RFC 8878, section 3.1.2 (skippable frames).
inline constexpr std::size_t kPackCheckBytes = 16;

/// Threads: any. Errors: none.
void append_check(Bytes& frame);

/// Why what follows the first `frame_bytes` of `body` is not their check; "" when it is, and when
/// nothing follows, as other writers have it.
[[nodiscard]] std::string check_fault(ByteView body, std::size_t frame_bytes);

}  // namespace mgc::schema
