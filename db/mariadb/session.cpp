#include "db/mariadb/session.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/mariadb/array_loader.hpp"
#include "db/mariadb/connection.hpp"
#include "db/mariadb/durability.hpp"
#include "db/mariadb/error_map.hpp"
#include "db/mariadb/statement.hpp"
#include "db/name_rows.hpp"
#include "db/schema_version.hpp"
#include "db/word_runs.hpp"

namespace mgc::db::mariadb {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

class MariadbSession final : public Session {
 public:
  explicit MariadbSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), loader_(*connection_) {}

  [[nodiscard]] std::string_view engine() const override { return "mariadb"; }
  [[nodiscard]] const std::string& name() const override { return connection_->name(); }
  [[nodiscard]] Result<DatabaseStatus> describe() override;

  [[nodiscard]] Result<void> begin() override;
  [[nodiscard]] Result<void> begin_exclusive(Schema schema) override;
  [[nodiscard]] Result<void> begin_snapshot() override;
  [[nodiscard]] Result<void> commit() override;
  void rollback() override;

  [[nodiscard]] Result<void> stream(std::string_view sql, std::span<const Value> values,
                                    const Visit& visit) override;
  [[nodiscard]] std::string contains(std::string_view text, std::string_view part) const override;
  [[nodiscard]] Result<void> run_script(std::string_view script) override;
  [[nodiscard]] Result<bool> has_table(std::string_view table) override;
  [[nodiscard]] Result<bool> is_empty() override;
  [[nodiscard]] Result<void> configure_database(Schema) override { return {}; }
  [[nodiscard]] Result<std::vector<std::string>> durability_faults(Schema schema) override;
  [[nodiscard]] Result<void> own_checkpoints(bool) override { return {}; }  // the server's work
  [[nodiscard]] Result<void> load_packs(std::span<const NewPackRow> rows) override;
  [[nodiscard]] Result<void> load_events(std::uint64_t segment,
                                         std::span<const EventRow> rows) override;
  [[nodiscard]] Result<std::vector<std::int64_t>> add_rooms(
      std::span<const schema::RoomView> rooms) override {
    return add_names(rooms);
  }
  [[nodiscard]] Result<std::vector<std::int64_t>> add_people(
      std::span<const schema::PersonView> people) override {
    return add_names(people);
  }
  [[nodiscard]] Result<void> add_event_table(std::uint64_t segment) override;
  [[nodiscard]] Result<bool> build_index(std::uint64_t segment) override;
  [[nodiscard]] std::optional<Condition> has_words(std::uint64_t segment,
                                                   const NeededWords& needed) const override;
  void cancel() override { connection_->cancel(); }

 protected:
  [[nodiscard]] Result<std::int64_t> run(std::string_view sql,
                                         std::span<const Value> values) override;
  [[nodiscard]] Result<void> read(std::string_view sql, std::span<const Value> values,
                                  const Visit& visit) override;
  [[nodiscard]] Result<std::int64_t> run_insert(std::string_view insert, std::string_view id_column,
                                                std::span<const Value> values) override;
  [[nodiscard]] Result<void> run_call(std::string_view routine,
                                      std::span<const Value> values) override;

 private:
  enum class Rows : std::uint8_t { here, at_server };

  /// The statement of `sql`, taken out of the cache while it runs, so that a visit may run others.
  [[nodiscard]] Result<Statement> take_statement(std::string_view sql);
  void keep_statement(std::string_view sql, Statement statement);
  [[nodiscard]] Result<void> show_rows(std::string_view sql, std::span<const Value> values,
                                       const Visit& visit, Rows rows, Step step = Step::statement);
  template <typename View>
  [[nodiscard]] Result<std::vector<std::int64_t>> add_names(std::span<const View> names);
  [[nodiscard]] Error failure(const Statement& statement, Step step = Step::statement) const;
  void unlock();

  std::unique_ptr<Connection> connection_;
  ArrayLoader loader_;  // this and the next after the connection: their statements have to go first
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
  bool in_transaction_ = false;
  std::string_view locked_;  ///< the schema whose lock this session holds; empty when none
};

Error MariadbSession::failure(const Statement& statement, Step step) const {
  return make_error(statement.fault(), step, connection_->name());
}

Result<Statement> MariadbSession::take_statement(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    Statement statement = std::move(found->second);
    statements_.erase(found);
    return statement;
  }
  Statement statement(connection_->handle());
  if (!statement.prepare(sql)) return failure(statement);
  return statement;
}

void MariadbSession::keep_statement(std::string_view sql, Statement statement) {
  constexpr std::size_t kStatementsMax = 64;  // searches have texts of their own
  if (statements_.size() >= kStatementsMax) statements_.clear();
  statements_.insert_or_assign(std::string(sql), std::move(statement));
}

Result<std::int64_t> MariadbSession::run(std::string_view sql, std::span<const Value> values) {
  auto statement = take_statement(sql);
  if (!statement) return statement.error();
  if (!statement->execute(values)) return failure(*statement);
  const std::int64_t found = statement->affected_rows();
  keep_statement(sql, std::move(*statement));
  return found;
}

Result<std::int64_t> MariadbSession::run_insert(std::string_view insert, std::string_view,
                                                std::span<const Value> values) {
  auto statement = take_statement(insert);
  if (!statement) return statement.error();
  if (!statement->execute(values)) return failure(*statement, Step::inserting);
  const std::int64_t id = statement->insert_id();
  keep_statement(insert, std::move(*statement));
  return id;
}

Result<void> MariadbSession::run_call(std::string_view routine, std::span<const Value> values) {
  const auto called = run(fmt::format("CALL {}({})", routine, places_of(values.size())), values);
  if (!called) return called.error();
  return {};
}

Result<void> MariadbSession::show_rows(std::string_view sql, std::span<const Value> values,
                                       const Visit& visit, Rows rows, Step step) {
  auto statement = take_statement(sql);
  if (!statement) return statement.error();
  const bool here = rows == Rows::here;
  if ((!here && !statement->keep_rows_at_server()) || !statement->execute(values) ||
      (here && !statement->take_all_rows()) || !statement->bind_row()) {
    return failure(*statement, step);
  }
  auto next = statement->next();
  while (next == Statement::Next::row && visit(*statement)) next = statement->next();
  if (next == Statement::Next::failed || !statement->end_rows()) return failure(*statement, step);
  if (here) keep_statement(sql, std::move(*statement));
  return {};
}

template <typename View>
Result<std::vector<std::int64_t>> MariadbSession::add_names(std::span<const View> names) {
  using Table = NameTable<View>;
  std::vector<std::int64_t> ids;
  bool in_order = true;
  const auto added = insert_names(names, [&](const std::string& insert,
                                             std::span<const Value> values,
                                             std::span<const View> part) {
    const std::string sql = fmt::format("{} RETURNING {}, {}", insert, Table::kId, Table::kColumns);
    std::size_t next = 0;
    const auto note = [&](const Row& row) {
      const typename Table::Stored stored(row);
      in_order = in_order && next < part.size() && stored.view() == part[next];
      ids.push_back(row.integer(0));
      ++next;
      return true;
    };
    return show_rows(sql, values, note, Rows::here, Step::inserting);
  });
  if (!added) return added.error();
  // The manual does not promise the order; without it the caller looks them up.
  if (!in_order || ids.size() != names.size()) ids.clear();
  return ids;
}

Result<void> MariadbSession::read(std::string_view sql, std::span<const Value> values,
                                  const Visit& visit) {
  return show_rows(sql, values, visit, Rows::here);
}

Result<void> MariadbSession::stream(std::string_view sql, std::span<const Value> values,
                                    const Visit& visit) {
  return show_rows(sql, values, visit, Rows::at_server);
}

Result<void> MariadbSession::begin() {
  auto begun = connection_->run("START TRANSACTION");
  in_transaction_ = begun.has_value();
  return begun;
}

Result<void> MariadbSession::begin_exclusive(Schema schema) {
  // Names of locks are shared by the whole server and end at 64 characters.
  std::optional<std::int64_t> got;
  auto asked =
      query("SELECT GET_LOCK(CONCAT('mgc.', SHA1(CONCAT(DATABASE(), '.', ?1))), ?2)",
            {to_string(schema), connection_->options().lock_timeout.count()}, [&](const Row& row) {
              got = row.integer(0);
              return false;
            });
  if (!asked) return asked;
  if (got != 1) {
    return Error{Action::retry, fmt::format("{}: another program holds the lock of schema {}; it "
                                            "will be tried again",
                                            printable(name()), to_string(schema))};
  }
  locked_ = to_string(schema);
  auto begun = begin();
  if (!begun) unlock();
  return begun;
}

Result<void> MariadbSession::begin_snapshot() {
  auto begun = connection_->run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  if (begun) begun = connection_->run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  in_transaction_ = begun.has_value();
  if (!begun) return begun;
  // A table that changes its indexes cannot be read any more by a snapshot that is older. One that
  // was looked at is left as it is until the snapshot ends, and the view looks at all segments.
  const auto has_events = has_table("event");
  if (!has_events) return has_events.error();
  if (!*has_events) return {};
  const auto looked = query_number("SELECT count(*) FROM event WHERE event_id < 0");
  if (!looked) return looked.error();
  return {};
}

Result<void> MariadbSession::commit() {
  if (auto committed = connection_->run("COMMIT", Step::committing); !committed) return committed;
  in_transaction_ = false;
  unlock();
  return {};
}

void MariadbSession::rollback() {
  if (in_transaction_) {
    in_transaction_ = false;
    const auto undone = connection_->run("ROLLBACK");
    // A server that is gone has rolled back by itself.
    if (!undone && undone.error().action != Action::reconnect) {
      log_warning("{}", undone.error().message);
    }
  }
  unlock();
}

void MariadbSession::unlock() {
  if (locked_.empty()) return;
  const auto released =
      query_number("SELECT RELEASE_LOCK(CONCAT('mgc.', SHA1(CONCAT(DATABASE(), '.', ?1))))",
                   {std::exchange(locked_, {})});
  if (!released && released.error().action != Action::reconnect) {
    log_warning("{}", released.error().message);
  }
}

Result<void> MariadbSession::run_script(std::string_view script) {
  if (auto done = connection_->run_script(script); !done) return done;
  // MariaDB commits when it changes a schema; what the caller does next is one transaction again.
  if (!in_transaction_) return {};
  return begin();
}

Result<bool> MariadbSession::has_table(std::string_view table) {
  const auto count = query_number(
      "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
      " AND table_name = ?1",
      {table});
  if (!count) return count.error();
  return **count > 0;
}

Result<bool> MariadbSession::is_empty() {
  const auto count = query_number(
      "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
  if (!count) return count.error();
  return **count == 0;
}

Result<std::vector<std::string>> MariadbSession::durability_faults(Schema) {
  const auto settings = read_durability(*this);
  if (!settings) return settings.error();
  auto faults = faults_of_tables(*this);
  if (!faults) return faults;
  for (std::string& fault : faults_of(*settings)) faults->push_back(std::move(fault));
  return faults;
}

Result<DatabaseStatus> MariadbSession::describe() {
  auto settings = read_durability(*this);
  if (!settings) return settings.error();
  DatabaseStatus status;
  status.engine = "MariaDB";
  status.engine_version = mysql_get_server_info(connection_->handle());
  status.instance = connection_->name();
  const auto identity =
      query("SELECT CONCAT(@@hostname, ':', @@port, @@datadir)", {}, [&](const Row& row) {
        status.server = row.text(0);
        return false;
      });
  if (!identity) return identity.error();
  for (auto& [setting, value] : *settings) status.settings.emplace_back(setting, value);
  if (settings->contains("wsrep_on") && settings->at("wsrep_on") == "ON") {
    status.warnings.emplace_back(
        "the server is a node of a Galera cluster, which can lose committed transactions when "
        "nodes "
        "crash close together; keep mgccomp on a primary of its own");
  }
  const char* cipher = mysql_get_ssl_cipher(connection_->handle());
  status.settings.emplace_back("tls", cipher == nullptr ? "off" : cipher);
  return status;
}

std::string MariadbSession::contains(std::string_view text, std::string_view part) const {
  return fmt::format("LOCATE(LOWER({}), LOWER({})) > 0", part, text);
}

Result<void> MariadbSession::load_packs(std::span<const NewPackRow> rows) {
  return loader_.load_packs(rows);
}

Result<void> MariadbSession::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  return loader_.load_events(segment, rows);
}

Result<void> MariadbSession::add_event_table(std::uint64_t segment) {
  return run_script(fmt::format("CALL add_event_table({})", segment));
}

Result<bool> MariadbSession::build_index(std::uint64_t segment) {
  const auto built = run_script(fmt::format("CALL seal_segment({}, @mgc_more)", segment));
  if (!built) return built.error();
  const auto more = query_number("SELECT @mgc_more");
  if (!more) return more.error();
  return more->value_or(0) != 0;
}

std::optional<Condition> MariadbSession::has_words(std::uint64_t segment,
                                                   const NeededWords& needed) const {
  std::string wanted;
  for (const std::vector<Run>& runs : needed_runs(needed)) {
    wanted += wanted.empty() ? "+(" : ") +(";
    for (const Run& run : runs) {  // as they are indexed, see migration 7
      wanted += fmt::format("{}mgc{}{}", &run == &runs.front() ? "" : " ", run.text,
                            run.is_prefix ? "*" : "");
    }
  }
  if (wanted.empty()) return std::nullopt;
  return Condition{fmt::format("event_id IN (SELECT w.event_id FROM words_{} AS w"
                               " WHERE MATCH(w.words) AGAINST ({{}} IN BOOLEAN MODE))",
                               segment),
                   wanted + ")"};
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(std::string_view parameters, OpenMode mode) {
  const auto options = parse_parameters(parameters);
  if (!options) return options.error();
  auto connection = Connection::open(*options, mode);
  if (!connection) return connection.error();
  return std::unique_ptr<Session>(std::make_unique<MariadbSession>(std::move(*connection)));
}

}  // namespace mgc::db::mariadb
