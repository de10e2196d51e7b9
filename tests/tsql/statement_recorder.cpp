// The store suite on SQLite, with an ear at every statement that the project sends. At the end they
// are written to the file that MGC_TSQL_FILE names, as T-SQL, for tsql_check.js. Statements that
// come from the SQLite engine alone are left out; SQL Server's own come from fixed_statements().
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/mssql/dialect.hpp"
#include "db/mssql/session.hpp"

namespace mgc::test {
namespace {

class Recorder {
 public:
  /// SQLite's hooks take no object that could be theirs.
  static Recorder& instance() {
    static Recorder recorder;
    return recorder;
  }

  void forget(sqlite3* handle) { ours_.erase(handle); }
  /// The project's sessions begin with their settings; the tests' own connections do not.
  void hear(sqlite3* handle, const std::string& sql) {
    if (sql.starts_with("PRAGMA synchronous") || sql.starts_with("PRAGMA query_only")) {
      ours_.insert(handle);
    }
    if (ours_.contains(handle)) heard_.insert(sql);
  }
  [[nodiscard]] const std::set<std::string>& heard() const { return heard_; }

 private:
  std::set<sqlite3*> ours_;
  std::set<std::string> heard_;
};

int on_statement(unsigned, void*, void* statement, void*) {
  auto* stmt = static_cast<sqlite3_stmt*>(statement);
  if (const char* sql = sqlite3_sql(stmt)) {
    Recorder::instance().hear(sqlite3_db_handle(stmt), sql);
  }
  return 0;
}

int on_open(sqlite3* handle, const char**, const sqlite3_api_routines*) {
  Recorder::instance().forget(handle);
  return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, &on_statement, nullptr);
}

/// True for what the SQLite engine sends on its own behalf.
bool is_of_sqlite(const std::string& sql) {
  if (sql.starts_with("CREATE TABLE schema_migration")) return false;
  static const std::regex own(
      "^(--|PRAGMA|BEGIN|COMMIT|ROLLBACK|CREATE|ALTER|DROP|ANALYZE)|sqlite_schema|sqlite_stat|"
      "words_[0-9]"
      "|LIMIT [0-9]+$");
  return std::regex_search(sql, own);
}

/// Puts what SQL Server has in place of what only the SQLite engine has.
std::string without_sqlite(const std::string& sql) {
  static const std::regex page("^(.* FROM \\()(SELECT .*) LIMIT ([0-9]+)(\\) .*)$");
  static const std::regex returning("^(INSERT .*) RETURNING (\\w+)$");
  static const std::regex search("instr\\(lower\\(([^()]*)\\), lower\\(([^()]*)\\)\\) > 0");
  std::smatch match;
  if (std::regex_match(sql, match, page)) {
    return without_sqlite(match[1].str() +
                          db::mssql::first_rows(match[2].str(), std::stoull(match[3].str())) +
                          match[4].str());
  }
  if (std::regex_match(sql, match, returning)) {
    return db::mssql::with_output(match[1].str(), match[2].str());
  }
  if (std::regex_search(sql, match, search)) {
    return match.prefix().str() + db::mssql::contains(match[1].str(), match[2].str()) +
           match.suffix().str();
  }
  return sql;
}

class Writing : public testing::Environment {
 public:
  void SetUp() override {
    // SQLite's type for entry points says nothing of their parameters.
    const auto entry = reinterpret_cast<void (*)()>(&on_open);
    if (sqlite3_auto_extension(entry) != SQLITE_OK) throw std::runtime_error("no auto extension");
  }
  void TearDown() override {
    const char* file = std::getenv("MGC_TSQL_FILE");
    ASSERT_NE(file, nullptr) << "set MGC_TSQL_FILE to the file to write";
    std::ofstream out(file);
    const std::vector<db::Value> texts(20, db::Value(std::string_view()));
    std::set<std::string> statements;
    for (const std::string& sql : Recorder::instance().heard()) {
      if (is_of_sqlite(sql)) continue;
      const std::string shared = without_sqlite(sql);
      statements.insert(db::mssql::to_tsql(shared, {}));
      // As if every parameter were a text: the form with the most that is put in.
      statements.insert(db::mssql::to_tsql(shared, texts));
    }
    EXPECT_GT(statements.size(), 60U) << "the recorder does not hear the project any more";
    for (const char* part : {"INSERT INTO node_position", "FROM event_1 AS e",
                             "FROM gap LEFT JOIN node", "FROM mgc_person", "CHARINDEX"}) {
      EXPECT_TRUE(std::ranges::any_of(statements, [part](const std::string& sql) {
        return sql.find(part) != std::string::npos;
      })) << part;
    }
    for (const std::string_view sql : db::mssql::fixed_statements()) statements.emplace(sql);
    for (const std::string& sql : statements) out << sql << "\nGO\n";
    EXPECT_TRUE(out.flush().good()) << file;
  }
};

}  // namespace
}  // namespace mgc::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto environment = std::make_unique<mgc::test::Writing>();
  testing::AddGlobalTestEnvironment(environment.release());  // GoogleTest deletes it
  return RUN_ALL_TESTS();
}
