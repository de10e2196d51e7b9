#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace mgc::spool {

/// What the caller has to do about an SQLite error, by its extended result code. Whatever says that
/// the disk or the file is wrong is `stop`: after a failed fsync the kernel may have dropped the
/// pages, so the same commit must never be tried again.
[[nodiscard]] Action action_of(int extended_code) noexcept;

/// The failure that `connection` reports, as one line: the file, what was `doing`, and the way out.
[[nodiscard]] Error sqlite_error(sqlite3* connection, std::string_view doing);

/// The kind of file a program expects, kept in the header of the database.
struct FileKind {
  std::string_view name;            ///< for messages: "an outbox"
  std::int32_t application_id = 0;  ///< tells our files from other databases
  std::int32_t version = 0;         ///< of the tables; a larger one is refused
  std::int32_t oldest = version;    ///< that the owner brings up to date when it opens the file
};

/// The rows of one query, one at a time. Ends the query when it is destroyed, because a query that
/// is left open keeps SQLite from reusing its log.
///
/// Threads: that of the connection. Ownership: borrows the statement.
class Rows {
 public:
  explicit Rows(sqlite3_stmt* statement, int bind_code)
      : statement_(statement), bind_code_(bind_code) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// Moves to the next row; false after the last one.
  [[nodiscard]] Result<bool> next();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const;
  /// Valid until next() or the end of this object.
  [[nodiscard]] ByteView bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
  int bind_code_;
};

/// A prepared statement, kept for the life of its connection.
///
/// Threads: that of the connection. Ownership: must be destroyed before the connection.
class Statement {
 public:
  /// Prepared later, by assignment.
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Runs to the end with these parameters, numbered from 1. Bytes are borrowed for the call.
  template <typename... Values>
  [[nodiscard]] Result<void> run(const Values&... values) {
    auto rows = query(values...);
    auto more = rows.next();
    while (more && *more) more = rows.next();
    if (!more) return more.error();
    return {};
  }
  /// Starts a query. The bytes of its parameters must outlive the rows.
  template <typename... Values>
  [[nodiscard]] Rows query(const Values&... values) {
    int index = 0;
    int code = 0;
    ((code = code != 0 ? code : bind(++index, values)), ...);
    return Rows(statement_.get(), code);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  int bind(int index, std::int64_t value);
  int bind(int index, std::uint64_t value) { return bind(index, static_cast<std::int64_t>(value)); }
  int bind(int index, ByteView value);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection to one file. WAL with synchronous=FULL, so a COMMIT that succeeded is on disk.
///
/// Threads: one at a time; the owner serialises. Errors: see action_of().
/// Source:  www.sqlite.org/wal.html. SQLite up to 3.51.2 can corrupt a file when two connections
///          write or checkpoint at once, so a file has one writing connection and any number of
///          reading ones, which never checkpoint.
class Database {
 public:
  /// Opens the file for writing; makes an empty one when there is none, readable by its group.
  /// Whatever already is in the file is checked against `kind` before anything is changed.
  /// @errors stop  directory missing, not a file, no rights, not a database, another kind of
  ///               database, a newer version, no WAL; the message says which.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& file,
                                             const FileKind& kind);
  /// Opens a file that is there for reading; never changes its content and never checkpoints. One
  /// of an older version is refused.
  [[nodiscard]] static Result<Database> open_to_read(const std::filesystem::path& file,
                                                     const FileKind& kind);

  /// True when the file has no tables yet: the caller makes them with create_tables().
  [[nodiscard]] bool is_empty() const { return is_empty_; }
  /// Of the tables in the file; less than that of its kind: to be brought up to date.
  [[nodiscard]] std::int32_t version() const { return version_; }
  /// Runs `sql` and marks the file as of `kind`; part of the caller's transaction.
  [[nodiscard]] Result<void> create_tables(const char* sql, const FileKind& kind);

  [[nodiscard]] Result<void> execute(const char* sql);
  /// `sql` is one statement.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The first column of the first row of a query without parameters.
  [[nodiscard]] Result<Bytes> query_value(std::string_view sql);
  [[nodiscard]] Error error(std::string_view doing) const {
    return sqlite_error(connection_.get(), doing);
  }
  /// SQLite can read the file, but `what` is in it was never written by this program. `stop`.
  [[nodiscard]] Error damaged(std::string_view what) const;
  [[nodiscard]] bool in_transaction() const;
  /// The integer key of the row that was inserted last.
  [[nodiscard]] std::int64_t last_row() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database() = default;
  static Result<Database> connect(const std::filesystem::path& file, int flags);
  Result<void> check_kind(const std::filesystem::path& file, const FileKind& kind);
  Result<void> make_durable(const std::filesystem::path& file);

  std::unique_ptr<sqlite3, Close> connection_;
  bool is_empty_ = false;
  std::int32_t version_ = 0;
};

/// Everything until commit(), or nothing. Rolls back when it is destroyed uncommitted.
///
/// Ownership: borrows the database.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(&database) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] Result<void> begin() { return database_->execute("BEGIN IMMEDIATE"); }
  /// On disk, fsynced, when it returns a value.
  [[nodiscard]] Result<void> commit() { return database_->execute("COMMIT"); }

 private:
  Database* database_;
};

}  // namespace mgc::spool
