#include "db/postgresql/copy_rows.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "db/postgresql/network_order.hpp"
#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {
namespace {

// Signature, flags and the size of a header extension.
constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::size_t kFirstBytes = 512UL << 10U;
constexpr std::uint16_t kPackColumns = 10;
constexpr std::uint16_t kEventColumns = 14;
constexpr std::uint16_t kRoomColumns = 3;
constexpr std::uint16_t kPersonColumns = 5;

/// Numbers in a row. They are written through a pointer, because a row has a dozen of them, and a
/// string would look at its capacity for each.
class Fields {
 public:
  explicit Fields(char* out) : out_(out) {}

  template <std::unsigned_integral T>
  void raw(T value) {
    store_be(value, out_);
    out_ += sizeof(T);
  }
  void number(std::uint64_t value) {
    raw<std::uint32_t>(sizeof(value));
    raw(value);
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void small(std::int32_t value) {
    raw<std::uint32_t>(sizeof(value));
    raw(static_cast<std::uint32_t>(value));
  }
  /// A smallint.
  void flag(bool flag) {
    raw<std::uint32_t>(sizeof(std::uint16_t));
    raw<std::uint16_t>(flag ? 1 : 0);
  }
  void null() { raw<std::uint32_t>(0xFFFFFFFF); }
  /// 0 = NULL
  void id(std::int64_t id) {
    if (id == 0) {
      null();
    } else {
      number(id);
    }
  }
  [[nodiscard]] char* end() const { return out_; }

 private:
  char* out_;
};

constexpr std::size_t kNumberBytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);

}  // namespace

char* CopyRows::room(std::size_t bytes) {
  const std::size_t wanted = size_ + bytes;
  if (wanted > buffer_.size()) {
    buffer_.resize(std::max({wanted, buffer_.size() * 2, kFirstBytes}));
  }
  return buffer_.data() + size_;
}

void CopyRows::begin() {
  size_ = 0;
  std::copy(kHeader.begin(), kHeader.end(), room(kHeader.size()));
  size_ += kHeader.size();
}

void CopyRows::end() {
  store_be<std::uint16_t>(0xFFFF, room(sizeof(std::uint16_t)));
  size_ += sizeof(std::uint16_t);
}

void CopyRows::add_bytes(ByteView bytes) {
  char* out = room(sizeof(std::uint32_t) + bytes.size());
  store_be(static_cast<std::uint32_t>(bytes.size()), out);
  if (!bytes.empty()) std::memcpy(out + sizeof(std::uint32_t), bytes.data(), bytes.size());
  size_ += sizeof(std::uint32_t) + bytes.size();
}

void CopyRows::add_text(std::string_view text) {
  if (is_plain(text)) {
    add_bytes(text);
    return;
  }
  std::string encoded;
  append_encoded(text, encoded);
  add_bytes(encoded);
}

void CopyRows::add(const NewPackRow& row) {
  char* begin = room(sizeof(std::uint16_t) + 7 * kNumberBytes);
  Fields fields(begin);
  fields.raw(kPackColumns);
  fields.number(row.node_id);
  fields.number(row.epoch);
  fields.number(row.first_sequence);
  fields.number(row.event_count);
  fields.number(row.lane_id);
  fields.number(row.block);
  fields.number(row.first_event_id);
  size_ += static_cast<std::size_t>(fields.end() - begin);
  add_bytes(row.body);
  add_bytes(row.sha256);
  add_bytes(row.root);
}

void CopyRows::add(const EventRow& row) {
  char* begin = room(sizeof(std::uint16_t) + 6 * kNumberBytes);
  Fields before(begin);
  before.raw(kEventColumns);
  before.number(row.event_id);
  before.small(row.kind);
  before.number(row.occurred_at);
  before.id(row.names.room_id);
  before.id(row.names.actor_id);
  before.id(row.names.target_id);
  size_ += static_cast<std::size_t>(before.end() - begin);
  add_text(row.content);
  begin = room(2 * kNumberBytes);
  Fields chat(begin);
  chat.number(row.chat_id);
  if (!row.file_name) chat.null();
  size_ += static_cast<std::size_t>(chat.end() - begin);
  if (row.file_name) add_text(*row.file_name);
  if (row.file_sha256) add_bytes(*row.file_sha256);
  begin = room(5 * kNumberBytes);
  Fields after(begin);
  if (!row.file_sha256) after.null();
  after.number(row.node_id);
  after.number(row.epoch);
  after.number(row.sequence);
  after.number(row.block);
  size_ += static_cast<std::size_t>(after.end() - begin);
}

void CopyRows::add(const NewNameRow<schema::RoomView>& row) {
  begin_name(kRoomColumns, row.id);
  add_text(row.name.uri);
  add_text(row.name.name);
}

void CopyRows::add(const NewNameRow<schema::PersonView>& row) {
  begin_name(kPersonColumns, row.id);
  add_text(row.name.uri);
  add_text(row.name.name);
  add_text(row.name.email);
  char* begin = room(kNumberBytes);
  Fields external(begin);
  external.flag(row.name.external);
  size_ += static_cast<std::size_t>(external.end() - begin);
}

void CopyRows::begin_name(std::uint16_t columns, std::int64_t id) {
  char* begin = room(sizeof(columns) + kNumberBytes);
  Fields fields(begin);
  fields.raw(columns);
  fields.number(id);
  size_ += static_cast<std::size_t>(fields.end() - begin);
}

}  // namespace mgc::db::postgresql
