#include "db/postgresql/copy_loader.hpp"

#include <fmt/format.h>

#include "db/postgresql/network_order.hpp"
#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {
namespace {

// "COPY", Binary Format: signature, flags and the size of a header extension.
constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::size_t kPieceBytes = 256UL << 10U;

template <std::unsigned_integral T>
void append_be(T value, std::string& out) {
  char bytes[sizeof(T)];
  store_be(value, bytes);
  out.append(bytes, sizeof(T));
}

}  // namespace

Result<void> CopyLoader::begin(const std::string& copy) {
  if (const auto begun = connection_.run(copy); !begun) return begun.error();
  buffer_.assign(kHeader);
  return {};
}

Result<void> CopyLoader::end_row() {
  if (buffer_.size() < kPieceBytes) return {};
  auto sent = connection_.put(buffer_);
  buffer_.clear();
  return sent;
}

Result<void> CopyLoader::end() {
  append_be<std::uint16_t>(0xFFFF, buffer_);  // no more rows
  if (const auto sent = connection_.put(buffer_); !sent) return sent.error();
  return connection_.end_copy();
}

void CopyLoader::begin_row(std::uint16_t columns) { append_be(columns, buffer_); }

void CopyLoader::add_size(std::size_t size) {
  append_be(static_cast<std::uint32_t>(size), buffer_);
}

void CopyLoader::add_null() { append_be<std::uint32_t>(0xFFFFFFFF, buffer_); }

void CopyLoader::add_integer(std::int64_t value) {
  add_size(sizeof(value));
  append_be(static_cast<std::uint64_t>(value), buffer_);
}

void CopyLoader::add_small(std::int32_t value) {
  add_size(sizeof(value));
  append_be(static_cast<std::uint32_t>(value), buffer_);
}

void CopyLoader::add_id(std::int64_t id) {
  if (id == 0) {
    add_null();
  } else {
    add_integer(id);
  }
}

void CopyLoader::add_bytes(ByteView bytes) {
  add_size(bytes.size());
  buffer_ += bytes;
}

void CopyLoader::add_text(std::string_view text) {
  const std::size_t size_at = buffer_.size();
  add_size(0);
  append_encoded(text, buffer_);
  const std::size_t size = buffer_.size() - size_at - sizeof(std::uint32_t);
  store_be(static_cast<std::uint32_t>(size), buffer_.data() + size_at);
}

Result<void> CopyLoader::load_packs(std::span<const NewPackRow> rows) {
  const auto begun = begin(
      "COPY pack (node_id, epoch, first_sequence, event_count, lane_id, block, first_event_id,"
      " body, sha256, root) FROM STDIN (FORMAT binary)");
  if (!begun) return begun.error();
  for (const NewPackRow& row : rows) {
    begin_row(10);
    add_integer(row.node_id);
    add_integer(static_cast<std::int64_t>(row.epoch));
    add_integer(static_cast<std::int64_t>(row.first_sequence));
    add_integer(static_cast<std::int64_t>(row.event_count));
    add_integer(row.lane_id);
    add_integer(static_cast<std::int64_t>(row.block));
    add_integer(static_cast<std::int64_t>(row.first_event_id));
    add_bytes(row.body);
    add_bytes(row.sha256);
    add_bytes(row.root);
    if (const auto sent = end_row(); !sent) return sent.error();
  }
  return end();
}

Result<void> CopyLoader::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  const auto begun = begin(fmt::format(
      "COPY event_{} (event_id, kind, occurred_at, room_id, actor_id, target_id, content, chat_id,"
      " file_name, file_sha256, node_id, epoch, sequence, block) FROM STDIN (FORMAT binary)",
      segment));
  if (!begun) return begun.error();
  for (const EventRow& row : rows) {
    begin_row(14);
    add_integer(static_cast<std::int64_t>(row.event_id));
    add_small(row.kind);
    add_integer(row.occurred_at);
    add_id(row.room_id);
    add_id(row.actor_id);
    add_id(row.target_id);
    add_text(row.content);
    add_integer(row.chat_id);
    if (row.file_name) {
      add_text(*row.file_name);
    } else {
      add_null();
    }
    if (row.file_sha256) {
      add_bytes(*row.file_sha256);
    } else {
      add_null();
    }
    add_integer(row.node_id);
    add_integer(static_cast<std::int64_t>(row.epoch));
    add_integer(static_cast<std::int64_t>(row.sequence));
    add_integer(static_cast<std::int64_t>(row.block));
    if (const auto sent = end_row(); !sent) return sent.error();
  }
  return end();
}

}  // namespace mgc::db::postgresql
