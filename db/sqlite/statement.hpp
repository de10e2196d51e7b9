#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "db/session.hpp"

namespace mgc::db::sqlite {

/// A prepared statement of SQLite. Functions return SQLite's extended result code; SQLITE_OK is 0.
///
/// Threads: one owner. Ownership: what is bound is borrowed until reset().
class Statement {
 public:
  /// Code and statement; the statement is empty when the code is not SQLITE_OK.
  [[nodiscard]] static std::pair<int, Statement> prepare(sqlite3* handle, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    return {code, Statement(raw)};
  }

  [[nodiscard]] int bind(std::span<const Value> values);
  [[nodiscard]] int bind_integer(int parameter, std::int64_t value) {
    return sqlite3_bind_int64(stmt_.get(), parameter, value);
  }
  /// A view without an address is an empty text here, not NULL as SQLite has it.
  [[nodiscard]] int bind_text(int parameter, std::string_view text) {
    return sqlite3_bind_text64(stmt_.get(), parameter, text.data() == nullptr ? "" : text.data(),
                               text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  [[nodiscard]] int bind_blob(int parameter, ByteView bytes) {
    return sqlite3_bind_blob64(stmt_.get(), parameter, bytes.data() == nullptr ? "" : bytes.data(),
                               bytes.size(), SQLITE_STATIC);
  }
  [[nodiscard]] int bind_null(int parameter) { return sqlite3_bind_null(stmt_.get(), parameter); }

  /// The first step of a statement. A schema that another program changes again and again, faster
  /// than it can be read, does not starve a reader: it stands still in a snapshot.
  [[nodiscard]] int first_step();
  /// SQLITE_ROW, SQLITE_DONE or an error.
  [[nodiscard]] int step() { return sqlite3_step(stmt_.get()); }
  /// Ready to be bound again. The code is that of the last step, which its caller has seen.
  void reset() { static_cast<void>(sqlite3_reset(stmt_.get())); }
  void clear() {
    reset();
    static_cast<void>(sqlite3_clear_bindings(stmt_.get()));  // always SQLITE_OK
  }
  [[nodiscard]] sqlite3_stmt* get() const { return stmt_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* stmt) const { static_cast<void>(sqlite3_finalize(stmt)); }
  };
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

}  // namespace mgc::db::sqlite
