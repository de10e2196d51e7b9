#pragma once

#include <cstdint>
#include <string_view>

#include "core/bytes.hpp"
#include "schema/event.hpp"
#include "schema/event_view.hpp"

namespace mgc::v1 {
class Event;
}

namespace mgc::schema::test {

// Wire bytes made by hand, so that a test can say exactly what a hostile sender would.

[[nodiscard]] Bytes varint(std::uint64_t value);
/// A field of wire type 0.
[[nodiscard]] Bytes number_field(std::uint32_t field, std::uint64_t value);
/// A field of wire type 0 that holds a signed number (zigzag).
[[nodiscard]] Bytes signed_field(std::uint32_t field, std::int64_t value);
/// A field of wire type 2.
[[nodiscard]] Bytes bytes_field(std::uint32_t field, ByteView bytes);
/// `depth` groups (wire types 3 and 4) of field 100 inside each other.
[[nodiscard]] Bytes nested_groups(int depth);

/// What a pack of `events` says in fields 1 to 5, of node "n", epoch 1, from sequence 1.
[[nodiscard]] Bytes pack_head(std::uint64_t events);
/// pack_head() and `events` times the event `wire`.
[[nodiscard]] Bytes pack_of(std::size_t events, ByteView wire);

/// zstd, level 1, with the content size in the frame header.
[[nodiscard]] Bytes compressed(ByteView bytes);
/// A zstd frame of stored blocks; its size is 6 bytes, 3 a block of 128 KiB, and the content.
[[nodiscard]] Bytes stored(ByteView bytes);
/// What the frame header of a bomb says about the size of its content.
enum class Declared { nothing, truth, lie };
/// A zstd frame that expands to `blocks` times 128 KiB of zeros, four bytes a block.
[[nodiscard]] Bytes bomb(std::uint64_t blocks, Declared declared);

/// An event with every field set.
[[nodiscard]] Event full_event();

/// Every field of an event as one text, the same for both readers of the wire.
[[nodiscard]] std::string as_text(const EventView& event);
[[nodiscard]] std::string as_text(const v1::Event& event);

}  // namespace mgc::schema::test
