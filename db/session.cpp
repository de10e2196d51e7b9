#include "db/session.hpp"

#include "db/dsn.hpp"
#include "db/mariadb/session.hpp"
#include "db/mssql/session.hpp"
#include "db/name_rows.hpp"
#include "db/postgresql/session.hpp"
#include "db/sqlite/session.hpp"

namespace mgc::db {

Result<std::optional<std::int64_t>> Session::query_number(std::string_view sql,
                                                          std::initializer_list<Value> values) {
  std::optional<std::int64_t> number;
  const auto read_all = query(sql, values, [&](const Row& row) {
    if (!row.is_null(0)) number = row.integer(0);
    return false;
  });
  if (!read_all) return read_all.error();
  return number;
}

namespace {

template <typename View>
Result<std::vector<std::int64_t>> add_names(Session& session, std::span<const View> names) {
  const auto added = insert_names(
      names, [&](const std::string& sql, std::span<const Value> values, std::span<const View>) {
        return session.insert_rows(sql, NameTable<View>::kId, values);
      });
  if (!added) return added.error();
  return std::vector<std::int64_t>{};
}

}  // namespace

Result<std::vector<std::int64_t>> Session::add_rooms(std::span<const schema::RoomView> rooms) {
  return add_names(*this, rooms);
}

Result<std::vector<std::int64_t>> Session::add_people(std::span<const schema::PersonView> people) {
  return add_names(*this, people);
}

std::string places_of(std::size_t count) {
  std::string places;
  for (std::size_t i = 1; i <= count; ++i) places += fmt::format("{}?{}", i == 1 ? "" : ", ", i);
  return places;
}

Result<void> Session::run_call(std::string_view routine, std::span<const Value>) {
  return Error{Action::stop, fmt::format("{} has no routine {}", engine(), routine)};
}

Result<void> Transaction::commit() {
  auto committed = session_->commit();
  if (committed) session_ = nullptr;
  return committed;
}

Result<std::unique_ptr<Session>> open_session(const std::string& dsn, OpenMode mode) {
  const auto parsed = parse_dsn(dsn);
  if (!parsed) return parsed.error();
  if (parsed->engine == "sqlite3") return sqlite::open_session(parsed->parameters, mode);
  if (parsed->engine == "odbc") return mssql::open_session(parsed->parameters, mode);
  if (parsed->engine == "postgresql") return postgresql::open_session(parsed->parameters, mode);
  if (parsed->engine == "mysql") return mariadb::open_session(parsed->parameters, mode);
  return Error{Action::stop, "this build has no support for " + parsed->engine};
}

}  // namespace mgc::db
