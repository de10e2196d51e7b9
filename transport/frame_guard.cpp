#include "transport/frame_guard.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace mgc::transport {
namespace {

constexpr std::size_t kHeaderBytes = 8;  // of a frame, and of a protocol
constexpr std::string_view kMalformed = "the peer sent a malformed frame";
constexpr std::string_view kMisplaced = "the peer sent a frame that has no place there";
constexpr std::string_view kNoAmqp =
    "the peer does not speak AMQP 1.0 here; is it another service's port, or one for amqps://?";

enum Performative : std::uint64_t {
  kOpen = 0x10,
  kBegin = 0x11,
  kAttach = 0x12,
  kTransfer = 0x14,
  kDetach = 0x16,
  kEnd = 0x17,
  kClose = 0x18,
  kSaslMechanisms = 0x40,
  kSaslOutcome = 0x44,
};

unsigned char octet(char c) { return static_cast<unsigned char>(c); }

/// A big-endian number of at most 8 bytes.
std::uint64_t number_of(ByteView bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | octet(c);
  return value;
}

/// One encoded AMQP value.
struct Value {
  unsigned char type = 0x40;  ///< its format code; 0 = described
  ByteView content;           ///< what stands behind the code, and behind a size if it has one
};

/// Takes `count` bytes off `rest`; nullopt when there are fewer.
std::optional<ByteView> take(ByteView& rest, std::uint64_t count) {
  if (count > rest.size()) return std::nullopt;
  const ByteView taken = rest.substr(0, static_cast<std::size_t>(count));
  rest.remove_prefix(taken.size());
  return taken;
}

/// Takes a value that is not described. The high half of a format code says how long it is.
std::optional<Value> take_plain(ByteView& rest) {
  const auto code = take(rest, 1);
  if (!code) return std::nullopt;
  const unsigned char type = octet(code->front());
  std::uint64_t size = 0;
  switch (type >> 4U) {
    case 0x4: break;
    case 0x5: size = 1; break;
    case 0x6: size = 2; break;
    case 0x7: size = 4; break;
    case 0x8: size = 8; break;
    case 0x9: size = 16; break;
    case 0xA:
    case 0xC:
    case 0xE:
    case 0xB:
    case 0xD:
    case 0xF: {
      const bool wide = (type >> 4U) % 2 == 1;
      const auto written = take(rest, wide ? 4 : 1);
      if (!written) return std::nullopt;
      size = number_of(*written);
      break;
    }
    default: return std::nullopt;
  }
  const auto content = take(rest, size);
  if (!content) return std::nullopt;
  return Value{type, *content};
}

/// Takes any value; of a described one only that it is one.
std::optional<Value> take_value(ByteView& rest) {
  bool described = false;
  while (!rest.empty() && rest.front() == '\0') {
    described = true;
    rest.remove_prefix(1);
    if (!take_plain(rest)) return std::nullopt;
  }
  auto value = take_plain(rest);
  if (value && described) return Value{0, {}};
  return value;
}

bool is_null(const Value& value) { return value.type == 0x40; }

std::optional<std::uint64_t> as_uint(const Value& value) {
  const bool fits = value.type == 0x43 || value.type == 0x52 || value.type == 0x70;
  if (!fits) return std::nullopt;
  return number_of(value.content);
}

std::optional<bool> as_bool(const Value& value) {
  if (value.type == 0x41) return true;
  if (is_null(value) || value.type == 0x42) return false;
  if (value.type == 0x56) return value.content.front() != '\0';
  return std::nullopt;
}

/// The code of a performative, cut off the front of `rest`.
std::optional<std::uint64_t> take_code(ByteView& rest) {
  if (!rest.starts_with('\0')) return std::nullopt;
  rest.remove_prefix(1);
  const auto code = take_plain(rest);
  const bool is_ulong = code && (code->type == 0x44 || code->type == 0x53 || code->type == 0x80);
  if (!is_ulong) return std::nullopt;
  return number_of(code->content);
}

/// The list of a performative's fields.
struct List {
  std::uint64_t count = 0;  ///< of values, as it says
  ByteView values;          ///< as many bytes as it says, or as there are
  bool whole = true;
};

std::optional<List> take_list(ByteView rest) {
  const auto code = take(rest, 1);
  if (!code) return std::nullopt;
  const unsigned char type = octet(code->front());
  if (type == 0x45) return List{};
  if (type != 0xC0 && type != 0xD0) return std::nullopt;
  const std::size_t width = type == 0xC0 ? 1 : 4;
  const auto size = take(rest, width);
  const auto count = take(rest, width);
  if (!size || !count || number_of(*size) < width) return std::nullopt;
  const std::uint64_t bytes = number_of(*size) - width;
  return List{number_of(*count),
              rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, rest.size()))),
              bytes <= rest.size()};
}

/// All fields. nullopt unless the list holds as many values as it says, so that whoever reads it by
/// its size and whoever reads it by its count see the same.
std::optional<std::vector<Value>> fields_of(ByteView performative) {
  const auto list = take_list(performative);
  if (!list || !list->whole) return std::nullopt;
  std::vector<Value> fields;
  for (ByteView rest = list->values; !rest.empty();) {
    const auto field = take_value(rest);
    if (!field) return std::nullopt;
    fields.push_back(*field);
  }
  if (fields.size() != list->count) return std::nullopt;
  return fields;
}

Value field_at(const std::vector<Value>& fields, std::size_t index) {
  return index < fields.size() ? fields[index] : Value{};
}

}  // namespace

std::string_view FrameGuard::check(ByteView bytes) {
  while (!bytes.empty() && fault_.empty()) {
    const std::size_t skipped = std::min(skip_, bytes.size());
    bytes.remove_prefix(skipped);
    skip_ -= skipped;
    fill(bytes);
  }
  return fault_;
}

void FrameGuard::fill(ByteView& bytes) {
  const ByteView more = bytes.substr(0, head_size_ - head_.size());
  head_.append(more);
  bytes.remove_prefix(more.size());
  if (head_.size() < head_size_) return;
  if (head_size_ == kHeaderBytes) return take_header();
  take_frame();
}

void FrameGuard::take_header() {
  const bool at_protocol = phase_ == Phase::start || phase_ == Phase::sasl;
  if (at_protocol && head_.starts_with("AMQP")) return take_protocol_header();
  if (phase_ == Phase::start) return fail(kNoAmqp);
  const std::uint64_t size = number_of(ByteView(head_).substr(0, 4));
  const std::size_t offset = std::size_t{4} * octet(head_[4]);
  if (size < kHeaderBytes || offset < kHeaderBytes || offset > size) return fail(kMalformed);
  head_size_ = static_cast<std::size_t>(std::min<std::uint64_t>(size, offset + kPerformativeMax));
  if (head_size_ == kHeaderBytes) take_frame();
}

/// "AMQP", then 0 for AMQP or 3 for SASL, then the version, which Proton looks at.
void FrameGuard::take_protocol_header() {
  const char layer = head_[4];
  if (layer == '\3' && phase_ == Phase::start) {
    phase_ = Phase::sasl;
  } else if (layer == '\0') {
    phase_ = Phase::amqp;
  } else {
    return fail(kNoAmqp);
  }
  head_.clear();
}

void FrameGuard::take_frame() {
  const auto size = static_cast<std::size_t>(number_of(ByteView(head_).substr(0, 4)));
  const auto channel = static_cast<std::uint16_t>(number_of(ByteView(head_).substr(6, 2)));
  const bool sasl = phase_ == Phase::sasl;
  if (octet(head_[5]) != (sasl ? 1 : 0)) return fail(kMisplaced);
  ByteView rest = ByteView(head_).substr(std::size_t{4} * octet(head_[4]));
  if (!rest.empty()) {  // an empty one only says that the peer is there
    const auto code = take_code(rest);
    if (!code) return fail(kMalformed);
    if (*code < (sasl ? kSaslMechanisms : kOpen) || *code > (sasl ? kSaslOutcome : kClose))
      return fail(kMisplaced);
    take_performative(*code, channel, rest);
  }
  skip_ = size - head_size_;
  head_.clear();
  head_size_ = kHeaderBytes;
}

void FrameGuard::take_performative(std::uint64_t code, std::uint16_t channel, ByteView fields) {
  switch (code) {
    case kTransfer: return take_transfer(channel, fields);
    case kAttach: return forget_link(channel, fields, 1);
    case kDetach: return forget_link(channel, fields, 0);
    case kBegin:
    case kEnd:
      std::erase_if(unfinished_, [&](const Link& link) { return link.first == channel; });
      return;
    default: return;
  }
}

/// From here on the handle may be another link's.
void FrameGuard::forget_link(std::uint16_t channel, ByteView fields, std::size_t handle_field) {
  const auto list = take_list(fields);
  if (!list || list->count <= handle_field) return fail(kMalformed);
  ByteView rest = list->values;
  std::optional<Value> value;
  for (std::size_t at = 0; at <= handle_field; ++at) {
    value = take_value(rest);
    if (!value) return fail(kMalformed);
  }
  const auto handle = as_uint(*value);
  if (!handle) return fail(kMalformed);
  unfinished_.erase({channel, static_cast<std::uint32_t>(*handle)});
}

void FrameGuard::take_transfer(std::uint16_t channel, ByteView performative) {
  constexpr std::size_t kHandle = 0;
  constexpr std::size_t kDeliveryId = 1;
  constexpr std::size_t kMore = 5;
  constexpr std::size_t kAborted = 9;
  const auto fields = fields_of(performative);
  if (!fields) return fail(kMalformed);
  const auto handle = as_uint(field_at(*fields, kHandle));
  const Value id = field_at(*fields, kDeliveryId);
  const auto more = as_bool(field_at(*fields, kMore));
  const auto aborted = as_bool(field_at(*fields, kAborted));
  if (!handle || !more || !aborted || (!is_null(id) && !as_uint(id))) return fail(kMalformed);
  const Link link{channel, static_cast<std::uint32_t>(*handle)};
  if (is_null(id) && !unfinished_.contains(link))
    return fail("the peer sent a transfer without delivery-id");
  if (*more && !*aborted) {
    unfinished_.insert(link);
  } else {
    unfinished_.erase(link);
  }
}

}  // namespace mgc::transport
