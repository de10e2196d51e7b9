#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "db/session.hpp"

namespace mgc::db::postgresql {

/// A row of room or person.
template <typename View>
struct NewNameRow {
  std::int64_t id = 0;
  View name;
};

/// Rows in the binary format of COPY, in one buffer that is filled, sent and filled again.
///
/// Pure: no I/O. Threads: one owner. Errors: none. Memory: as large as it was ever filled.
/// Source: PostgreSQL 15, "COPY", Binary Format.
class CopyRows {
 public:
  /// What stands before the first row.
  void begin();
  void add(const NewPackRow& row);
  void add(const EventRow& row);
  void add(const NewNameRow<schema::RoomView>& row);
  void add(const NewNameRow<schema::PersonView>& row);
  /// What stands behind the last row.
  void end();

  [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }
  /// After bytes() were sent.
  void clear() { size_ = 0; }

 private:
  /// `bytes` more of room; who writes there moves size_ on.
  [[nodiscard]] char* room(std::size_t bytes);
  void begin_name(std::uint16_t columns, std::int64_t id);
  void add_bytes(ByteView bytes);
  void add_text(std::string_view text);

  std::vector<char> buffer_;
  std::size_t size_ = 0;
};

}  // namespace mgc::db::postgresql
