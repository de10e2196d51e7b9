#include "db/mariadb/array_loader.hpp"

#include <errmsg.h>
#include <fmt/format.h>

#include <array>

#include "core/utf8.hpp"

namespace mgc::db::mariadb {
namespace {

constexpr auto kNumber = MYSQL_TYPE_LONGLONG;
constexpr auto kText = MYSQL_TYPE_STRING;
constexpr auto kBytes = MYSQL_TYPE_BLOB;

constexpr std::array<enum_field_types, 10> kPackTypes = {
    kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kBytes, kBytes, kBytes};
constexpr std::array<enum_field_types, 14> kEventTypes = {
    kNumber, kNumber, kNumber, kNumber, kNumber, kNumber, kText,
    kNumber, kText,   kBytes,  kNumber, kNumber, kNumber, kNumber};

/// Fills the next row of the arrays, column by column.
class RowFiller {
 public:
  explicit RowFiller(std::vector<ParameterArray>& columns) : columns_(columns) {}

  template <std::integral T>
  RowFiller& number(T number) {
    return put(static_cast<std::int64_t>(number), {}, false);
  }
  /// 0 = none.
  RowFiller& id(std::int64_t id) { return put(id, {}, id == 0); }
  RowFiller& bytes(std::optional<ByteView> bytes) {
    return put(0, bytes.value_or(ByteView()), !bytes);
  }

 private:
  RowFiller& put(std::int64_t number, ByteView bytes, bool null) {
    ParameterArray& column = columns_[next_];
    ++next_;
    if (column.type == kNumber) {
      column.numbers.push_back(number);
    } else {
      column.texts.push_back(bytes.data() == nullptr ? "" : bytes.data());
      column.sizes.push_back(static_cast<unsigned long>(bytes.size()));
    }
    column.indicators.push_back(null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
    return *this;
  }

  std::vector<ParameterArray>& columns_;
  std::size_t next_ = 0;
};

void clear(std::vector<ParameterArray>& columns) {
  for (ParameterArray& column : columns) {
    column.numbers.clear();
    column.texts.clear();
    column.sizes.clear();
    column.indicators.clear();
  }
}

}  // namespace

Error ArrayLoader::failure(const Insert& insert) const {
  return make_error({mysql_stmt_errno(insert.stmt.get()), mysql_stmt_error(insert.stmt.get())},
                    Step::statement, connection_.name());
}

Result<void> ArrayLoader::prepare(Insert& insert, std::string_view sql,
                                  std::span<const enum_field_types> types) const {
  insert.columns.resize(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) insert.columns[i].type = types[i];
  insert.stmt.reset(mysql_stmt_init(connection_.handle()));
  if (!insert.stmt) {
    return make_error({CR_OUT_OF_MEMORY, "no memory for a statement"}, Step::statement,
                      connection_.name());
  }
  if (mysql_stmt_prepare(insert.stmt.get(), sql.data(), static_cast<unsigned long>(sql.size())) !=
      0) {
    const Error error = failure(insert);
    insert.stmt.reset();
    return error;
  }
  return {};
}

Result<void> ArrayLoader::make_room(Insert& insert, std::size_t more) const {
  constexpr std::size_t kRowsMax = 20'000;
  constexpr std::size_t kNumbersOfRow = 160;  // more than the numbers of a row need in a packet
  insert.bytes += more + kNumbersOfRow;
  if (insert.rows > 0 && (insert.rows == kRowsMax || insert.bytes > connection_.packet_max() / 2)) {
    if (auto sent = send(insert); !sent) return sent;
    insert.bytes = more + kNumbersOfRow;
  }
  ++insert.rows;
  return {};
}

Result<void> ArrayLoader::send(Insert& insert) const {
  const std::size_t rows = insert.rows;
  std::vector<MYSQL_BIND> binds(insert.columns.size());
  for (std::size_t i = 0; i < binds.size(); ++i) {
    ParameterArray& column = insert.columns[i];
    binds[i].buffer_type = column.type;
    binds[i].u.indicator = column.indicators.data();
    binds[i].buffer = column.type == kNumber ? static_cast<void*>(column.numbers.data())
                                             : static_cast<void*>(column.texts.data());
    binds[i].length = column.sizes.data();
  }
  const auto count = static_cast<unsigned>(rows);
  MYSQL_STMT* stmt = insert.stmt.get();
  const bool done = mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &count) == 0 &&
                    mysql_stmt_bind_param(stmt, binds.data()) == 0 && mysql_stmt_execute(stmt) == 0;
  clear(insert.columns);
  insert.rows = 0;
  insert.bytes = 0;
  if (!done) return failure(insert);
  if (mysql_stmt_affected_rows(stmt) != rows) {
    return Error{Action::stop,
                 fmt::format("{}: of {} rows the server took {}; is it a proxy that "
                             "knows no arrays?",
                             printable(connection_.name()), rows, mysql_stmt_affected_rows(stmt))};
  }
  return {};
}

Result<void> ArrayLoader::load_packs(std::span<const NewPackRow> rows) {
  if (rows.empty()) return {};
  if (!packs_.stmt) {
    auto prepared =
        prepare(packs_,
                "INSERT INTO pack (node_id, epoch, first_sequence, event_count, lane_id, block,"
                " first_event_id, body, sha256, root) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                kPackTypes);
    if (!prepared) return prepared;
  }
  for (const NewPackRow& row : rows) {
    auto room = make_room(packs_, row.body.size() + row.sha256.size() + row.root.size());
    if (!room) return room;
    RowFiller(packs_.columns)
        .number(row.node_id)
        .number(row.epoch)
        .number(row.first_sequence)
        .number(row.event_count)
        .number(row.lane_id)
        .number(row.block)
        .number(row.first_event_id)
        .bytes(row.body)
        .bytes(row.sha256)
        .bytes(row.root);
  }
  return send(packs_);
}

Result<void> ArrayLoader::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  if (rows.empty()) return {};
  if (!events_.stmt || segment != segment_) {
    auto prepared =
        prepare(events_,
                fmt::format("INSERT INTO event_{} (event_id, kind, occurred_at, room_id, actor_id,"
                            " target_id, content, chat_id, file_name, file_sha256, node_id, epoch,"
                            " sequence, block) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            segment),
                kEventTypes);
    if (!prepared) return prepared;
    segment_ = segment;
  }
  for (const EventRow& row : rows) {
    const std::size_t names =
        row.file_name.value_or("").size() + row.file_sha256.value_or("").size();
    if (auto room = make_room(events_, row.content.size() + names); !room) return room;
    RowFiller(events_.columns)
        .number(row.event_id)
        .number(row.kind)
        .number(row.occurred_at)
        .id(row.names.room_id)
        .id(row.names.actor_id)
        .id(row.names.target_id)
        .bytes(row.content)
        .number(row.chat_id)
        .bytes(row.file_name)
        .bytes(row.file_sha256)
        .number(row.node_id)
        .number(row.epoch)
        .number(row.sequence)
        .number(row.block);
  }
  return send(events_);
}

}  // namespace mgc::db::mariadb
