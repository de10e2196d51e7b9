#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "schema/limits.hpp"

namespace mgc::schema {

/// Reads the fields of one protobuf message out of borrowed bytes, on protobuf's CodedInputStream.
/// The first failure sticks: every later read gives nothing and next() is false, so callers check
/// ok() once, at the end.
///
/// Threads: one owner. Ownership: borrows the bytes; what it returns borrows them too.
/// Errors: none thrown; failure() is the reason, for the dead letter.
class WireReader {
  using WireFormat = google::protobuf::internal::WireFormatLite;

 public:
  explicit WireReader(ByteView wire)
      : wire_(wire),
        in_(reinterpret_cast<const std::uint8_t*>(wire.data()), static_cast<int>(wire.size())) {
    in_.SetRecursionLimit(kNestingMax);
  }

  /// Moves to the next field. False at the end, and after a failure.
  bool next() {
    if (!ok()) return false;
    const std::size_t begin = offset();
    tag_ = in_.ReadTag();
    // A tag is 32 bits, at most five bytes; the stream would drop the bits above them.
    const bool overlong = offset() - begin > 5;
    if (overlong || (tag_ == 0 && !in_.ConsumedEntireMessage())) fail("a malformed field tag");
    return tag_ != 0 && ok();
  }
  [[nodiscard]] int field() const { return WireFormat::GetTagFieldNumber(tag_); }
  /// Where the current field begins to be read from, in bytes from the start.
  [[nodiscard]] std::size_t offset() const {
    return static_cast<std::size_t>(in_.CurrentPosition());
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    if (!expect(WireFormat::WIRETYPE_VARINT)) return 0;
    if (!in_.ReadVarint64(&value)) fail("a truncated number");
    return ok() ? value : 0;
  }
  /// A number that a SQL bigint can hold.
  std::uint64_t number(std::string_view name) {
    const std::uint64_t value = varint();
    if (value > kNumberMax) fail(std::string(name) + " is out of range");
    return value;
  }
  /// A zigzag number of microseconds in years 1 to 9999.
  std::int64_t time(std::string_view name) {
    const std::int64_t micros = WireFormat::ZigZagDecode64(varint());
    if (micros < kUtcMicrosMin || micros > kUtcMicrosMax) {
      fail(std::string(name) + " is not in years 1 to 9999");
      return 0;
    }
    return micros;
  }
  ByteView bytes(std::size_t size_max, std::string_view name) {
    // Read as 64 bits: the 32-bit reader would drop the bits above and believe the rest.
    std::uint64_t size = 0;
    if (!expect(WireFormat::WIRETYPE_LENGTH_DELIMITED)) return {};
    if (!in_.ReadVarint64(&size) || size > wire_.size() - offset()) {
      fail(std::string(name) + " is truncated");
      return {};
    }
    if (size > size_max) {
      fail(std::string(name) + " has " + std::to_string(size) + " bytes; at most " +
           std::to_string(size_max) + " are allowed");
      return {};
    }
    const ByteView view = wire_.substr(offset(), static_cast<std::size_t>(size));
    in_.Skip(static_cast<int>(size));
    return view;
  }
  std::string_view text(std::size_t size_max, std::string_view name) {
    const std::string_view view = bytes(size_max, name);
    if (!is_utf8(view)) fail(std::string(name) + " is not UTF-8");
    return ok() ? view : std::string_view{};
  }
  [[nodiscard]] WireReader nested() { return WireReader(bytes(wire_.size(), "a nested message")); }

  void skip() {
    if (!WireFormat::SkipField(&in_, tag_)) fail("an unknown field that is malformed or too deep");
  }
  bool require(bool condition, std::string_view otherwise) {
    if (!condition) fail(std::string(otherwise));
    return ok();
  }
  void adopt_failure(const WireReader& nested) {
    if (!nested.ok()) fail(nested.failure_);
  }
  void fail(std::string reason) {
    if (failure_.empty()) failure_ = std::move(reason);
  }
  [[nodiscard]] bool ok() const { return failure_.empty(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  bool expect(WireFormat::WireType wanted) {
    if (WireFormat::GetTagWireType(tag_) != wanted) fail("a field of the wrong wire type");
    return ok();
  }

  ByteView wire_;
  google::protobuf::io::CodedInputStream in_;
  std::uint32_t tag_ = 0;
  std::string failure_;
};

}  // namespace mgc::schema
