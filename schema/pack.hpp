#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/event_view.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace mgc::schema {

/// The names of the AMQP properties of a pack.
inline constexpr std::string_view kPackContentType = "application/vnd.mgc.pack";
inline constexpr std::string_view kPackContentEncoding = "zstd";

/// Everything of a pack but its events.
struct PackHeader {
  std::string node;                  ///< 1 to 255 bytes of [A-Za-z0-9._-]
  std::uint64_t epoch = 0;           ///< 1 to 2^63-1
  std::uint64_t first_sequence = 0;  ///< 1 to 2^63-1
  std::uint32_t event_count = 0;     ///< 1 to 10,000
  Bytes previous_sha256;             ///< 32 bytes, or empty in the first pack of an epoch

  [[nodiscard]] std::uint64_t last_sequence() const { return first_sequence + event_count - 1; }
  /// "node/epoch/first_sequence", the AMQP message-id.
  [[nodiscard]] std::string message_id() const;
};

struct StoredPack;

/// True when `node` can be a node id: 1 to 255 bytes of [A-Za-z0-9._-].
[[nodiscard]] bool is_node_id(std::string_view node);

/// True for the ids under which the service itself records, "mgc-service.1". No chat node may have
/// one.
[[nodiscard]] bool is_service_node(std::string_view node);
/// The one of a lane.
[[nodiscard]] std::string service_node(std::int64_t lane_id);

/// What the archives of the original are imported as. Its epochs are not lives of an outbox, but
/// files: see docs/adr/0016-import.md.
inline constexpr std::string_view kLyncImportNode = "mgc-import.lync-xml";
/// True for the ids under which `mgc audit import` records, as the one above. No chat node may have
/// one.
[[nodiscard]] bool is_import_node(std::string_view node);

/// A pack that has been expanded and sliced. The events are the bytes that were sent; they are
/// never serialised again. Move-only; what borrows from its events stays valid when it is moved.
class Pack {
 public:
  using Slices = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  ///< offset and size

  Pack(PackHeader header, std::unique_ptr<const Bytes> expanded, Slices slices)
      : header_(std::move(header)), expanded_(std::move(expanded)), slices_(std::move(slices)) {}

  [[nodiscard]] const PackHeader& header() const { return header_; }
  [[nodiscard]] std::size_t size() const { return slices_.size(); }
  /// The size of the expanded pack.
  [[nodiscard]] std::size_t bytes() const { return expanded_->size(); }
  /// The wire bytes of event `index`; its sequence is `header().first_sequence + index`.
  [[nodiscard]] ByteView event(std::size_t index) const {
    return ByteView(*expanded_).substr(slices_[index].first, slices_[index].second);
  }

 private:
  PackHeader header_;
  std::unique_ptr<const Bytes> expanded_;  // behind a pointer: short strings move their bytes
  Slices slices_;
};

/// Serialises and compresses (zstd level 1) one pack.
///
/// @param header  `event_count` is ignored and taken from `events`.
/// @param events  1 to 10,000 encoded events (encode_event), at most 16 MiB together.
/// @errors  reject  a limit of schema/limits.hpp is broken; the message says which.
/// @threads any. @source schema/proto/mgc/v1/pack.proto
[[nodiscard]] Result<Bytes> encode_pack(const PackHeader& header, std::span<const Bytes> events);

/// encode_pack() for many packs: keeps the compressor, which costs more to make than a small pack
/// does to compress. Threads: one owner.
class PackEncoder {
 public:
  PackEncoder();
  [[nodiscard]] Result<Bytes> encode(const PackHeader& header, std::span<const Bytes> events);
  /// The body of a pack of `events` that is serialised already.
  [[nodiscard]] Result<Bytes> compress(const Bytes& expanded, std::size_t events);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// Expands and slices the body of one AMQP message.
///
/// Never throws and never trusts a length: compressed size, expanded size, event count, nesting,
/// version, node id and numbers are checked before they are used. The events themselves are not
/// looked into; view_event() does that.
///
/// @param body  zstd(Pack), any bytes at all; borrowed for the call.
/// @errors  reject  with the reason that a dead letter keeps.
/// @threads any. Memory: at most 16 MiB for the time of the call and of the result.
[[nodiscard]] Result<Pack> decode_pack(ByteView body);

/// decode_pack() for many packs: keeps the decompressor. Threads: one owner.
class PackDecoder {
 public:
  PackDecoder();
  [[nodiscard]] Result<Pack> decode(ByteView body);
  /// As decode_stored_pack() (stored_pack.hpp).
  [[nodiscard]] Result<StoredPack> decode_stored(ByteView body);

 private:
  [[nodiscard]] Result<Bytes> expand_body(ByteView body);
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

/// Reads a pack that is not compressed (the expanded bytes of decode_pack).
[[nodiscard]] Result<Pack> slice_pack(Bytes bytes);

}  // namespace mgc::schema
