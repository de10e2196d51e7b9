// Databases of the SQL Server that MGC_TEST_MSSQL_DSN names, each made for one test.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <variant>

#include "db/mssql/options.hpp"
#include "db/odbc/statement.hpp"
#include "tests/store/engine.hpp"

namespace mgc::test {
namespace {

using db::odbc::Statement;

/// A connection of its own, around the project's sessions.
class Connection final : public Held {
 public:
  explicit Connection(const std::string& connection_string) {
    auto opened = db::odbc::Connection::open(connection_string, std::chrono::seconds(30));
    if (const auto* failed = std::get_if<std::vector<db::odbc::Diagnostic>>(&opened)) {
      throw std::runtime_error(db::odbc::main_diagnostic(*failed).message);
    }
    connection_ = std::move(std::get<std::unique_ptr<db::odbc::Connection>>(opened));
  }

  std::vector<std::string> run(const std::string& sql) {
    Statement statement(*connection_);
    const auto require = [&](bool done) {
      if (done) return;
      const auto diagnostics = statement.diagnostics();
      throw std::runtime_error(sql + ": " + db::odbc::main_diagnostic(diagnostics).message);
    };
    require(statement.prepare(sql) && statement.execute());
    std::vector<std::string> cells;
    while (statement.columns() > 0) {
      const Statement::Fetch fetched = statement.fetch();
      require(fetched != Statement::Fetch::failed);
      if (fetched == Statement::Fetch::done) break;
      for (int column = 0; column < statement.columns(); ++column) {
        cells.push_back(statement.row().as_text(column).value_or("NULL"));
      }
    }
    require(statement.finish());
    return cells;
  }

 private:
  std::unique_ptr<db::odbc::Connection> connection_;
};

std::string server_dsn() {
  const char* dsn = std::getenv("MGC_TEST_MSSQL_DSN");
  if (dsn == nullptr) {
    throw std::runtime_error(
        "set MGC_TEST_MSSQL_DSN to a SQL Server, as in odbc://Driver=FreeTDS;Server=127.0.0.1;"
        "Port=1433;UID=sa;password_file=FILE, and run cmake again");
  }
  return dsn;
}

class MssqlEngine final : public ServerEngine {
 public:
  MssqlEngine() = default;
  MssqlEngine(const MssqlEngine&) = delete;
  MssqlEngine& operator=(const MssqlEngine&) = delete;
  ~MssqlEngine() override {
    Connection master(connection_string("master"));
    for (const std::string& database : {database_, database_ + "_second"}) {
      static_cast<void>(master.run(
          fmt::format("IF DB_ID(N'{0}') IS NOT NULL BEGIN ALTER DATABASE [{0}] SET SINGLE_USER "
                      "WITH ROLLBACK IMMEDIATE; DROP DATABASE [{0}]; END",
                      database)));
    }
  }

  [[nodiscard]] std::string dsn() const override { return dsn_of(database_); }
  [[nodiscard]] std::string impatient_dsn() const override { return dsn() + ";lock_timeout=1"; }
  [[nodiscard]] std::string second_dsn() const override { return dsn_of(database_ + "_second"); }
  [[nodiscard]] std::string name() const override { return "/" + database_; }
  [[nodiscard]] std::string product() const override { return "SQL Server"; }

  [[nodiscard]] std::vector<std::string> run(const std::string& sql) override {
    return Connection(connection_string(database_)).run(sql);
  }
  [[nodiscard]] std::string hex(const std::string& column) const override {
    return fmt::format("CONVERT(varchar(max), {}, 2)", column);
  }
  [[nodiscard]] std::string time_text(const std::string& column) const override {
    return fmt::format("REPLACE(CONVERT(nvarchar(26), {}, 121), N' ', N'T') + N'Z'", column);
  }
  [[nodiscard]] std::string columns_query(const std::string& view) const override {
    return fmt::format(
        "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(N'{}') ORDER BY column_id", view);
  }
  [[nodiscard]] std::unique_ptr<Held> hold_write_lock() override {
    auto held = std::make_unique<Connection>(connection_string(database_));
    static_cast<void>(held->run("BEGIN TRANSACTION"));
    static_cast<void>(held->run("SELECT count(*) FROM lane WITH (TABLOCKX, HOLDLOCK)"));
    return held;
  }
  void cut_sessions() override {
    Connection master(connection_string("master"));
    const std::string list = fmt::format(
        "SELECT spid FROM sys.sysprocesses WHERE dbid = DB_ID(N'{}') AND spid > 50", database_);
    for (const std::string& session : master.run(list)) {
      static_cast<void>(master.run("KILL " + session));
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!master.run(list).empty()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("KILL has no end");
    }
  }

 private:
  [[nodiscard]] static std::string dsn_of(const std::string& database) {
    return server_dsn() + ";Database=" + database;
  }
  [[nodiscard]] static std::string connection_string(const std::string& database) {
    const std::string parameters = dsn_of(database).substr(std::string_view("odbc://").size());
    const auto options = db::mssql::parse_options(parameters);
    if (!options) throw std::runtime_error(options.error().message);
    return options->connection_string;
  }

  std::string database_ = fmt::format("mgc_test_{:08x}", std::random_device{}());
};

}  // namespace

std::unique_ptr<TestEngine> make_engine() { return std::make_unique<MssqlEngine>(); }

}  // namespace mgc::test
