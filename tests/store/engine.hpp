#pragma once

#include <memory>
#include <string>
#include <vector>

namespace mgc::test {

/// Something held until it is destroyed, for instance a lock in a session of its own.
class Held {
 public:
  virtual ~Held() = default;
};

/// A database of one engine, made for one test and removed after it. The suite of tests/store/ is
/// written against this; each engine has a program that links the suite with its own make_engine().
///
/// Statements given to run() are SQL that all engines share. Errors: throw std::runtime_error.
class TestEngine {
 public:
  virtual ~TestEngine() = default;

  /// Of a database that nothing was made in.
  [[nodiscard]] virtual std::string dsn() const = 0;
  /// As dsn(), with the shortest wait for locks that the engine knows.
  [[nodiscard]] virtual std::string impatient_dsn() const = 0;
  /// Of another database on the same server (for SQLite: in the same directory), fresh as well.
  [[nodiscard]] virtual std::string second_dsn() const = 0;
  /// What error messages call dsn().
  [[nodiscard]] virtual std::string name() const = 0;
  /// As DatabaseStatus::engine says it.
  [[nodiscard]] virtual std::string product() const = 0;

  /// All cells of all rows as text, "NULL" for NULL; asked around the project, by the engine's own
  /// client.
  [[nodiscard]] virtual std::vector<std::string> run(const std::string& sql) = 0;
  /// As run(), where access_log is.
  [[nodiscard]] virtual std::vector<std::string> run_access_log(const std::string& sql) {
    return run(sql);
  }
  /// SQL of the engine: the upper-case hexadecimal digits of a column of bytes.
  [[nodiscard]] virtual std::string hex(const std::string& column) const = 0;
  /// SQL of the engine: a time of compliance_event written as format_utc() does.
  [[nodiscard]] virtual std::string time_text(const std::string& column) const = 0;
  /// A query for the names of the view's columns, in order.
  [[nodiscard]] virtual std::string columns_query(const std::string& view) const = 0;

  /// Holds what a batch needs to be written, in another session.
  [[nodiscard]] virtual std::unique_ptr<Held> hold_write_lock() = 0;
};

/// Defined once in each program.
[[nodiscard]] std::unique_ptr<TestEngine> make_engine();

/// A database server can end the sessions of its clients, as its administrator does.
class ServerEngine : public TestEngine {
 public:
  /// Ends every session of the test's database but its own, and returns when they are gone.
  virtual void cut_sessions() = 0;
};

}  // namespace mgc::test
