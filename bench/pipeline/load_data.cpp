#include "bench/pipeline/load_data.hpp"

#include <fmt/format.h>
#include <mysql.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/password_file.hpp"
#include "db/mariadb/server_options.hpp"

namespace mgc::bench {
namespace {

/// The text of LOAD DATA: fields end with a tab, rows with a line feed.
class Text {
 public:
  Text& number(std::uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}\t", value);
    return *this;
  }
  Text& number(std::int64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}\t", value);
    return *this;
  }
  /// 0 = NULL
  Text& id(std::int64_t value) { return value == 0 ? null() : number(value); }
  Text& null() {
    text_ += "\\N\t";
    return *this;
  }
  Text& bytes(ByteView value) {
    for (const char c : value) {
      switch (c) {
        case '\0': text_ += "\\0"; break;
        case '\t': text_ += "\\t"; break;
        case '\n': text_ += "\\n"; break;
        case '\\': text_ += "\\\\"; break;
        default: text_ += c;
      }
    }
    text_ += '\t';
    return *this;
  }
  template <typename T>
  Text& optional(const std::optional<T>& value) {
    return value ? bytes(*value) : null();
  }
  void end_row() { text_.back() = '\n'; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string text_of(const std::vector<db::NewPackRow>& rows) {
  Text out;
  for (const db::NewPackRow& row : rows) {
    out.number(row.node_id).number(row.epoch).number(row.first_sequence).number(row.event_count);
    out.number(row.lane_id).number(row.block).number(row.first_event_id);
    out.bytes(row.body).bytes(row.sha256).bytes(row.root).end_row();
  }
  return out.text();
}

std::string text_of(const std::vector<db::EventRow>& rows) {
  Text out;
  for (const db::EventRow& row : rows) {
    out.number(row.event_id).number(std::int64_t{row.kind}).number(row.occurred_at);
    out.id(row.names.room_id)
        .id(row.names.actor_id)
        .id(row.names.target_id)
        .bytes(row.content)
        .number(row.chat_id);
    out.optional(row.file_name).optional(row.file_sha256);
    out.number(row.node_id).number(row.epoch).number(row.sequence).number(row.block).end_row();
  }
  return out.text();
}

std::string text_of(const std::vector<schema::RoomView>& rooms) {
  Text out;
  for (const schema::RoomView& room : rooms) out.bytes(room.uri).bytes(room.name).end_row();
  return out.text();
}

std::string text_of(const std::vector<schema::PersonView>& people) {
  Text out;
  for (const schema::PersonView& person : people) {
    out.bytes(person.uri).bytes(person.name).bytes(person.email);
    out.number(std::int64_t{person.external ? 1 : 0}).end_row();
  }
  return out.text();
}

/// What the client library reads in place of the file.
struct Source {
  std::string_view left;
};

void serve_from(MYSQL* handle, Source& source) {
  mysql_set_local_infile_handler(
      handle,
      [](void** state, const char* /*file*/, void* given) {
        *state = given;
        return 0;
      },
      [](void* state, char* buffer, unsigned size) {
        auto& from = *static_cast<Source*>(state);
        const std::size_t taken = std::min<std::size_t>(size, from.left.size());
        std::copy_n(from.left.data(), taken, buffer);
        from.left.remove_prefix(taken);
        return static_cast<int>(taken);
      },
      [](void* /*state*/) {},
      [](void* /*state*/, char* /*message*/, unsigned /*size*/) { return 1; }, &source);
}

constexpr std::string_view kLoadRooms =
    "LOAD DATA LOCAL INFILE 'rooms' INTO TABLE room CHARACTER SET utf8mb4 (uri, name)";
constexpr std::string_view kLoadPeople =
    "LOAD DATA LOCAL INFILE 'people' INTO TABLE person CHARACTER SET utf8mb4"
    " (uri, name, email, external)";
constexpr std::string_view kLoadPacks =
    "LOAD DATA LOCAL INFILE 'packs' INTO TABLE pack CHARACTER SET binary (node_id, epoch,"
    " first_sequence, event_count, lane_id, block, first_event_id, body, sha256, root)";
constexpr std::string_view kLoadEvents =
    "LOAD DATA LOCAL INFILE 'events' INTO TABLE event_1 CHARACTER SET binary (event_id, kind,"
    " occurred_at, room_id, actor_id, target_id, content, chat_id, file_name, file_sha256, node_id,"
    " epoch, sequence, block)";

/// A statement and what it reads.
struct Load {
  std::string_view statement;
  std::string text;
};

struct Close {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using Handle = std::unique_ptr<MYSQL, Close>;

Result<void> run(MYSQL* handle, std::string_view sql) {
  if (mysql_real_query(handle, sql.data(), sql.size()) == 0) return {};
  return Error{Action::stop, fmt::format("{}: {}", sql.substr(0, 40), mysql_error(handle))};
}

/// Sessions of the product never send a file, so this one is opened here.
Result<Handle> connect(const db::mariadb::ServerOptions& options) {
  Handle handle(mysql_init(nullptr));
  if (!handle) return Error{Action::retry, "no memory for a connection to MariaDB"};
  const unsigned on = 1;
  if (mysql_optionsv(handle.get(), MYSQL_OPT_LOCAL_INFILE, &on) != 0) {
    return Error{Action::stop, "this MariaDB library has no LOAD DATA LOCAL"};
  }
  const auto password = read_password(options.password_file);
  if (!password) return password.error();
  if (mysql_real_connect(handle.get(), options.host.c_str(), options.user.c_str(),
                         password->c_str(), options.database.c_str(), options.port, nullptr,
                         0) == nullptr) {
    return Error{Action::reconnect, fmt::format("{}: {}", options.name, mysql_error(handle.get()))};
  }
  if (auto set = run(handle.get(), "SET SESSION sql_mode = 'STRICT_ALL_TABLES'"); !set) {
    return set.error();
  }
  return handle;
}

}  // namespace

Result<std::chrono::duration<double>> load_data(std::string_view parameters,
                                                std::span<const RowBatch> batches) {
  const auto options = db::mariadb::parse_parameters(parameters);
  if (!options) return options.error();
  const auto connection = connect(*options);
  if (!connection) return connection.error();
  MYSQL* handle = connection->get();
  Source source;
  serve_from(handle, source);
  std::vector<std::array<Load, 4>> loads;
  loads.reserve(batches.size());
  for (const RowBatch& batch : batches) {
    loads.push_back({{{kLoadRooms, text_of(batch.rooms)},
                      {kLoadPeople, text_of(batch.people)},
                      {kLoadPacks, text_of(batch.packs)},
                      {kLoadEvents, text_of(batch.events)}}});
  }
  const auto begun = std::chrono::steady_clock::now();
  for (const auto& of_batch : loads) {
    if (auto done = run(handle, "START TRANSACTION"); !done) return done.error();
    for (const Load& load : of_batch) {
      source.left = load.text;
      if (load.text.empty()) continue;
      if (auto done = run(handle, load.statement); !done) return done.error();
    }
    if (auto done = run(handle, "COMMIT"); !done) return done.error();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
}

}  // namespace mgc::bench
