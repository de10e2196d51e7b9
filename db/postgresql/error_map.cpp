#include "db/postgresql/error_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/utf8.hpp"

namespace mgc::db::postgresql {
namespace {

bool is_class(std::string_view sqlstate, std::string_view name) {
  return sqlstate.substr(0, 2) == name;
}

template <std::size_t N>
bool is_one_of(std::string_view sqlstate, const std::array<std::string_view, N>& codes) {
  return std::ranges::find(codes, sqlstate) != codes.end();
}

/// The session is over, though the server may be there again soon.
bool ends_session(std::string_view sqlstate) {
  // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
  // idle_in_transaction_session_timeout
  static constexpr std::array<std::string_view, 5> kCodes = {"57P01", "57P02", "57P03", "57P05",
                                                             "25P03"};
  return is_class(sqlstate, "08") || is_one_of(sqlstate, kCodes);
}

bool is_transient(std::string_view sqlstate) {
  // serialization_failure, deadlock_detected, lock_not_available, query_canceled (statement
  // time-out), object_in_use
  static constexpr std::array<std::string_view, 5> kCodes = {"40001", "40P01", "55P03", "57014",
                                                             "55006"};
  return is_class(sqlstate, "53") || is_one_of(sqlstate, kCodes);
}

/// unique_violation and exclusion_violation
bool is_duplicate(std::string_view sqlstate) { return sqlstate == "23505" || sqlstate == "23P01"; }

/// Data that no repetition gets in: not_null and check violations, rows above the limits.
bool is_bad_data(std::string_view sqlstate) {
  static constexpr std::array<std::string_view, 3> kCodes = {"23502", "23514", "54000"};
  return is_class(sqlstate, "22") || is_one_of(sqlstate, kCodes);
}

std::string_view way_out_of_stop(std::string_view sqlstate) {
  if (is_class(sqlstate, "28")) {
    return "check user, password_file (or PGPASSFILE) and the server's pg_hba.conf";
  }
  if (sqlstate == "3D000") return "run mgc db init, or name another database with dbname=";
  if (sqlstate == "42501") {
    return "the user lacks a right: grant it the role of deploy/postgresql/roles.sql";
  }
  if (sqlstate == "P0001") return "see mgc audit hold list and mgc db status";
  if (sqlstate == "42P01" || sqlstate == "3F000") {
    return "run mgc db status; the schema may be incomplete, or the user may not see it";
  }
  if (sqlstate == "25006") {
    return "it cannot be written: name the primary, or add target_session_attrs=read-write";
  }
  if (sqlstate == "26000") {
    return "a pooler in between does not keep sessions: connect to the server itself";
  }
  if (is_class(sqlstate, "58") || is_class(sqlstate, "XX")) {
    return "the server's disk or data failed: read its log, then restore a backup";
  }
  if (is_class(sqlstate, "23")) {
    return "the store contradicts itself or was changed by hand: run mgc audit verify";
  }
  return "run mgc db status";
}

std::string_view way_out(std::string_view sqlstate, Action action) {
  switch (action) {
    case Action::retry:
      if (sqlstate == "53100") return "the server's disk is full and nothing was written";
      if (sqlstate == "53300") return "it will be tried again; see max_connections";
      return "it will be tried again";
    case Action::reconnect: return "another connection will be opened";
    case Action::in_doubt: return "the answer to COMMIT is lost; the same batch is replayed";
    case Action::reject: return "the server can never hold this; it becomes a dead letter";
    default: return way_out_of_stop(sqlstate);
  }
}

/// What libpq itself says, in English, when the network or the server is not there. All else that
/// fails before the server speaks is a matter of settings: a certificate, a file, a word.
bool is_unreachable(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kTexts = {
      "Is the server running",    "timeout expired",
      "could not translate host", "server closed the connection unexpectedly",
      "SSL SYSCALL error",        "could not receive data from server",
      "could not send",           "Connection reset by peer",
      "session is read-only"};
  return std::ranges::any_of(
      kTexts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

std::string_view way_out_of_settings(std::string_view text) {
  const auto says = [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (says("root certificate file")) return "name the CA that signed the server: sslrootcert=FILE";
  if (says("does not match host name")) return "use the name that the server's certificate has";
  if (says("certificate verify failed")) {
    return "the server is not one that sslrootcert's CA signed, or its certificate has expired";
  }
  if (says("does not support SSL")) return "switch ssl on at the server";
  if (says("no password supplied")) return "name a password_file=FILE, or use PGPASSFILE";
  return "check the database string";
}

/// libpq writes several lines, some indented; the last newline is always too many.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

Action action_for(std::string_view sqlstate, bool lost, Step step) {
  if (sqlstate == "40003") return Action::in_doubt;  // statement_completion_unknown
  if (is_transient(sqlstate)) return Action::retry;
  if (lost || ends_session(sqlstate)) {
    return step == Step::committing ? Action::in_doubt : Action::reconnect;
  }
  if (is_duplicate(sqlstate)) return step == Step::inserting ? Action::retry : Action::stop;
  if (is_bad_data(sqlstate)) return Action::reject;
  return Action::stop;
}

Error make_error(const Failure& failure, Step step, std::string_view server) {
  const Action action = action_for(failure.sqlstate, failure.lost, step);
  const std::string said = is_class(failure.sqlstate, "22") ? "data that the server refuses"
                           : failure.message.empty()        ? "the connection is lost"
                                                            : one_line(failure.message);
  return Error{action, fmt::format("{}: {} (SQLSTATE {}); {}", printable(server), printable(said),
                                   failure.sqlstate.empty() ? "none" : failure.sqlstate,
                                   way_out(failure.sqlstate, action))};
}

std::string_view sqlstate_in(std::string_view text) {
  // "FATAL:  28P01: password ...", with the first word in the server's language.
  constexpr std::string_view kMark = ":  ";
  constexpr std::size_t kCodeSize = 5;
  const auto is_code = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  std::string_view found;
  for (std::size_t at = text.find(kMark); at != std::string_view::npos;
       at = text.find(kMark, at + 1)) {
    const std::string_view code = text.substr(at + kMark.size(), kCodeSize);
    const bool closed = text.substr(at + kMark.size() + code.size()).starts_with(": ");
    if (closed && code.size() == kCodeSize && std::ranges::all_of(code, is_code)) found = code;
  }
  return found;
}

bool is_sqlstate(const Error& error, std::string_view sqlstate) {
  return error.message.find(fmt::format("(SQLSTATE {})", sqlstate)) != std::string::npos;
}

Error make_open_error(std::string_view text, std::string_view server) {
  const std::string_view sqlstate = sqlstate_in(text);
  if (!sqlstate.empty()) {
    // Verbose errors go on with lines of their own: LOCATION and the like.
    std::string_view said = text.substr(static_cast<std::size_t>(sqlstate.data() - text.data()));
    said.remove_prefix(sqlstate.size() + 2);
    return make_error({sqlstate, said.substr(0, said.find('\n')), false}, Step::opening, server);
  }
  const bool unreachable = is_unreachable(text);
  return Error{unreachable ? Action::reconnect : Action::stop,
               fmt::format("{}: {}; {}", printable(server), printable(one_line(text)),
                           unreachable ? "it will be tried again" : way_out_of_settings(text))};
}

}  // namespace mgc::db::postgresql
