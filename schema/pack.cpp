#include "schema/pack.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/assert.hpp"
#include "mgc/v1/pack.pb.h"
#include "schema/limits.hpp"
#include "schema/pack_check.hpp"
#include "schema/pack_codec.hpp"
#include "schema/wire_reader.hpp"

namespace mgc::schema {
namespace {

// Larger windows than the largest legal pack would only let a sender make us allocate more.
constexpr int kWindowLogMax = 24;
constexpr std::string_view kServiceNodePrefix = "mgc-service.";
constexpr std::string_view kImportNodePrefix = "mgc-import.";

Error reject(std::string reason) { return Error{Action::reject, std::move(reason)}; }

/// Expands without believing the declared size: a frame that says less than it holds, or nothing
/// at all, is expanded piece by piece up to the limit and no further.
Result<Bytes> expand(ByteView body, ZSTD_DCtx* context) {
  const auto declared = ZSTD_getFrameContentSize(body.data(), body.size());
  if (declared == ZSTD_CONTENTSIZE_ERROR) return reject("the body is not a zstd frame");
  const bool known = declared != ZSTD_CONTENTSIZE_UNKNOWN;
  if (known && declared > kPackExpandedBytesMax) {
    return reject(fmt::format("the pack expands to {} bytes; at most {} are allowed", declared,
                              kPackExpandedBytesMax));
  }
  Bytes out(known ? static_cast<std::size_t>(declared) + 1 : std::size_t{64} * 1024, '\0');
  ZSTD_inBuffer input{body.data(), body.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  for (;;) {
    const std::size_t left = ZSTD_decompressStream(context, &output, &input);
    if (ZSTD_isError(left) != 0) {
      return reject(fmt::format("the body is not valid zstd: {}", ZSTD_getErrorName(left)));
    }
    if (left == 0) break;
    if (output.pos == output.size) {
      if (out.size() > kPackExpandedBytesMax) {
        return reject(fmt::format("the pack expands to more than {} bytes", kPackExpandedBytesMax));
      }
      out.resize(std::min(out.size() * 2, kPackExpandedBytesMax + 1));
      output.dst = out.data();
      output.size = out.size();
    } else if (input.pos == input.size) {
      return reject("the body is truncated");
    }
  }
  if (auto fault = check_fault(body, input.pos); !fault.empty()) return reject(std::move(fault));
  if (output.pos > kPackExpandedBytesMax) {
    return reject(fmt::format("the pack expands to more than {} bytes", kPackExpandedBytesMax));
  }
  out.resize(output.pos);
  return out;
}

void read_event_slice(WireReader& in, Pack::Slices& slices) {
  const ByteView event = in.bytes(kEventBytesMax, "an event");
  if (slices.size() == kPackEventsMax) {
    in.fail(fmt::format("more than {} events in one pack", kPackEventsMax));
    return;
  }
  slices.emplace_back(static_cast<std::uint32_t>(in.offset() - event.size()),
                      static_cast<std::uint32_t>(event.size()));
}

std::uint64_t read_header_field(WireReader& in, PackHeader& header) {
  switch (in.field()) {
    case 1: return in.varint();
    case 2: header.node = in.bytes(kNodeBytesMax, "node"); break;
    case 3: header.epoch = in.number("epoch"); break;
    case 4: header.first_sequence = in.number("first_sequence"); break;
    case 5:
      header.event_count =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(in.number("event_count"), UINT32_MAX));
      break;
    case 6: header.previous_sha256 = in.bytes(32, "previous_sha256"); break;
    default: in.skip();
  }
  return 0;
}

/// One event of which the leaf alone is there.
void read_redacted(WireReader& in, std::map<std::uint32_t, Digest>& leaves) {
  std::uint64_t index = 0;
  ByteView leaf;
  WireReader nested = in.nested();
  while (nested.next()) {
    switch (nested.field()) {
      case 1: index = nested.number("redacted.index"); break;
      case 2: leaf = nested.bytes(32, "redacted.leaf"); break;
      default: nested.skip();
    }
  }
  Digest digest{};
  if (nested.require(leaf.size() == digest.size() && index < kPackEventsMax,
                     "a redacted event without its leaf")) {
    std::ranges::copy(leaf, digest.begin());
    if (!leaves.emplace(static_cast<std::uint32_t>(index), digest).second) {
      nested.fail("an event that is redacted twice");
    }
  }
  in.adopt_failure(nested);
}

/// What holds between the fields; empty when all does.
std::string header_fault(std::uint64_t version, const PackHeader& header, std::size_t events) {
  if (version != kPackVersion && version != kRedactedPackVersion) {
    return fmt::format("pack version {}; this program knows version {}", version, kPackVersion);
  }
  if (!is_node_id(header.node)) return "the node id is not 1 to 255 of [A-Za-z0-9._-]";
  if (header.epoch == 0) return "the epoch is 0";
  if (header.first_sequence == 0) return "the first sequence is 0";
  if (events == 0) return "a pack without events";
  if (header.event_count != events) {
    return fmt::format("event_count says {}, the pack holds {}", header.event_count, events);
  }
  if (header.first_sequence > kNumberMax - events) return "the last sequence is out of range";
  if (!header.previous_sha256.empty() && header.previous_sha256.size() != 32) {
    return "previous_sha256 is not 32 bytes";
  }
  return {};
}

/// All but the leaves of redacted events.
Result<Bytes> serialise(std::uint32_t version, const PackHeader& header,
                        std::span<const Bytes> events) {
  PackHeader complete = header;
  complete.event_count = static_cast<std::uint32_t>(events.size());
  if (auto fault = header_fault(version, complete, events.size()); !fault.empty()) {
    return reject(std::move(fault));
  }
  v1::Pack head;
  head.set_version(version);
  head.set_node(complete.node);
  head.set_epoch(complete.epoch);
  head.set_first_sequence(complete.first_sequence);
  head.set_event_count(complete.event_count);
  head.set_previous_sha256(complete.previous_sha256);
  Bytes expanded = head.SerializeAsString();
  // Appending length-delimited field 7 by hand equals what protobuf writes, without parsing the
  // events that are already encoded.
  for (const Bytes& event : events) {
    if (event.size() > kEventBytesMax) {
      return reject(fmt::format("an event of {} bytes is too large", event.size()));
    }
    std::array<std::uint8_t, 16> prefix;
    std::uint8_t* end = google::protobuf::io::CodedOutputStream::WriteTagToArray(
        google::protobuf::internal::WireFormatLite::MakeTag(
            7, google::protobuf::internal::WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
        prefix.data());
    end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(
        static_cast<std::uint32_t>(event.size()), end);
    expanded.append(reinterpret_cast<const char*>(prefix.data()),
                    static_cast<std::size_t>(end - prefix.data()));
    expanded.append(event);
  }
  return expanded;
}

}  // namespace

bool is_node_id(std::string_view node) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !node.empty() && node.size() <= kNodeBytesMax && std::ranges::all_of(node, allowed);
}

bool is_service_node(std::string_view node) { return node.starts_with(kServiceNodePrefix); }

bool is_import_node(std::string_view node) { return node.starts_with(kImportNodePrefix); }

std::string service_node(std::int64_t lane_id) {
  return fmt::format("{}{}", kServiceNodePrefix, lane_id);
}

std::string PackHeader::message_id() const {
  return fmt::format("{}/{}/{}", node, epoch, first_sequence);
}

void PackEncoder::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

PackEncoder::PackEncoder() : context_(ZSTD_createCCtx()) {
  MGC_ASSERT(context_ != nullptr);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, 1);
  // A bit that changes on the way must not make another event of this one.
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

Result<Bytes> PackEncoder::encode(const PackHeader& header, std::span<const Bytes> events) {
  auto expanded = serialise(kPackVersion, header, events);
  if (!expanded) return expanded.error();
  return compress(*expanded, events.size());
}

Result<Bytes> PackEncoder::compress(const Bytes& expanded, std::size_t events) {
  if (events > kPackEventsMax || expanded.size() > kPackExpandedBytesMax) {
    return reject(
        fmt::format("a pack of {} events and {} bytes is too large", events, expanded.size()));
  }
  Bytes body(ZSTD_compressBound(expanded.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context_.get(), body.data(), body.size(), expanded.data(), expanded.size());
  if (ZSTD_isError(size) != 0) return Error{Action::retry, ZSTD_getErrorName(size)};
  body.resize(size);
  append_check(body);
  if (body.size() > kPackBytesMax)
    return reject(fmt::format("a pack of {} bytes is too large", body.size()));
  return body;
}

Result<Bytes> encode_redacted_pack(const PackHeader& header, std::span<const Bytes> events,
                                   const std::map<std::uint32_t, Digest>& leaves) {
  auto expanded = serialise(kRedactedPackVersion, header, events);
  if (!expanded) return expanded.error();
  v1::Pack tail;
  for (const auto& [index, leaf] : leaves) {
    v1::Redacted* redacted = tail.add_redacted();
    redacted->set_index(index);
    redacted->set_leaf(std::string(bytes_of(leaf)));
  }
  // Fields of a message may come in any order, and in several pieces.
  expanded->append(tail.SerializeAsString());
  return PackEncoder().compress(*expanded, events.size());
}

Result<StoredPack> slice_stored_pack(Bytes bytes) {
  auto expanded = std::make_unique<const Bytes>(std::move(bytes));
  WireReader in(*expanded);
  PackHeader header;
  std::uint64_t version = 0;
  Pack::Slices slices;
  std::map<std::uint32_t, Digest> leaves;
  while (in.next()) {
    if (in.field() == 7) {
      read_event_slice(in, slices);
    } else if (in.field() == 8 && version == kRedactedPackVersion) {
      read_redacted(in, leaves);
    } else if (const std::uint64_t read = read_header_field(in, header); in.field() == 1) {
      version = read;
      // A later version may mean anything by the other fields: say so before they are judged.
      if (in.ok() && version > kRedactedPackVersion) {
        return reject(header_fault(version, header, 0));
      }
    }
  }
  if (!in.ok()) return reject(in.failure());
  if (auto fault = header_fault(version, header, slices.size()); !fault.empty()) {
    return reject(std::move(fault));
  }
  if (version != kRedactedPackVersion && !leaves.empty()) {
    return reject("a pack that was sent has no redacted events");
  }
  for (const auto& [index, leaf] : leaves) {
    if (index >= slices.size() || slices[index].second != 0) {
      return reject(fmt::format("event {} is redacted, and is not there or has its bytes", index));
    }
  }
  return StoredPack{Pack(std::move(header), std::move(expanded), std::move(slices)),
                    std::move(leaves), version == kRedactedPackVersion};
}

Result<Pack> slice_pack(Bytes bytes) {
  auto stored = slice_stored_pack(std::move(bytes));
  if (!stored) return stored.error();
  if (!stored->is_as_sent()) {
    return reject(fmt::format("pack version {}; this program knows version {}",
                              kRedactedPackVersion, kPackVersion));
  }
  return std::move(stored->pack);
}

void PackDecoder::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

PackDecoder::PackDecoder() : context_(ZSTD_createDCtx()) {
  MGC_ASSERT(context_ != nullptr);
  ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
}

Result<Bytes> PackDecoder::expand_body(ByteView body) {
  if (body.size() > kPackBytesMax) {
    return reject(
        fmt::format("a body of {} bytes; at most {} are allowed", body.size(), kPackBytesMax));
  }
  // What a body before this one has left behind, whole or not.
  ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
  return expand(body, context_.get());
}

Result<Pack> PackDecoder::decode(ByteView body) {
  auto expanded = expand_body(body);
  if (!expanded) return expanded.error();
  return slice_pack(std::move(*expanded));
}

Result<StoredPack> PackDecoder::decode_stored(ByteView body) {
  auto expanded = expand_body(body);
  if (!expanded) return expanded.error();
  return slice_stored_pack(std::move(*expanded));
}

Result<Bytes> encode_pack(const PackHeader& header, std::span<const Bytes> events) {
  return PackEncoder().encode(header, events);
}

Result<Pack> decode_pack(ByteView body) { return PackDecoder().decode(body); }

}  // namespace mgc::schema
