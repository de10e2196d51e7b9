#include "db/mariadb/error_map.hpp"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>

#include "core/utf8.hpp"

namespace mgc::db::mariadb {
namespace {

template <std::size_t Count>
bool is_one_of(const std::array<unsigned, Count>& codes, unsigned code) {
  return std::ranges::find(codes, code) != codes.end();
}

bool is_duplicate(unsigned code) {
  return code == ER_DUP_ENTRY || code == ER_DUP_ENTRY_WITH_KEY_NAME || code == ER_DUP_KEY;
}

bool is_disk_full(unsigned code) {
  constexpr std::array<unsigned, 3> kCodes = {ER_DISK_FULL, ER_RECORD_FILE_FULL, ER_ERROR_ON_WRITE};
  return is_one_of(kCodes, code);
}

bool is_transient(unsigned code) {
  constexpr std::array<unsigned, 14> kCodes = {
      ER_LOCK_WAIT_TIMEOUT,         ER_LOCK_DEADLOCK,           ER_CHECKREAD,
      ER_TABLE_DEF_CHANGED,         ER_NEED_REPREPARE,          ER_LOCK_ABORTED,
      ER_STATEMENT_TIMEOUT,         ER_QUERY_INTERRUPTED,       ER_CON_COUNT_ERROR,
      ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED,      ER_OUTOFMEMORY,
      ER_OUT_OF_RESOURCES,          ER_TOO_MANY_CONCURRENT_TRXS};
  return is_one_of(kCodes, code) || is_disk_full(code);
}

bool is_lost(unsigned code) {
  constexpr std::array<unsigned, 17> kCodes = {ER_SERVER_SHUTDOWN,         ER_NORMAL_SHUTDOWN,
                                               ER_CONNECTION_KILLED,       ER_ABORTING_CONNECTION,
                                               ER_NEW_ABORTING_CONNECTION, ER_NET_READ_ERROR,
                                               ER_NET_READ_INTERRUPTED,    ER_NET_ERROR_ON_WRITE,
                                               ER_NET_WRITE_INTERRUPTED,   ER_HANDSHAKE_ERROR,
                                               ER_UNKNOWN_COM_ERROR,       CR_CONNECTION_ERROR,
                                               CR_CONN_HOST_ERROR,         CR_UNKNOWN_HOST,
                                               CR_SERVER_GONE_ERROR,       CR_SERVER_LOST,
                                               CR_COMMANDS_OUT_OF_SYNC};
  return is_one_of(kCodes, code) || code == CR_MALFORMED_PACKET || code == CR_SERVER_LOST_EXTENDED;
}

/// Values that this engine can never hold.
bool is_bad_data(unsigned code) {
  constexpr std::array<unsigned, 11> kCodes = {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD,
                                               ER_TRUNCATED_WRONG_VALUE,
                                               ER_DATA_TOO_LONG,
                                               ER_DATA_OUT_OF_RANGE,
                                               ER_WARN_DATA_OUT_OF_RANGE,
                                               WARN_DATA_TRUNCATED,
                                               ER_BAD_NULL_ERROR,
                                               ER_INVALID_CHARACTER_STRING,
                                               ER_TOO_BIG_ROWSIZE,
                                               ER_WRONG_VALUE,
                                               ER_CONSTRAINT_FAILED};
  return is_one_of(kCodes, code);
}

/// The server refuses before anything happens, at COMMIT too.
bool is_refusal(unsigned code) {
  constexpr std::array<unsigned, 9> kCodes = {ER_OPTION_PREVENTS_STATEMENT,
                                              ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
                                              ER_READ_ONLY_MODE,
                                              ER_OPEN_AS_READONLY,
                                              ER_DBACCESS_DENIED_ERROR,
                                              ER_TABLEACCESS_DENIED_ERROR,
                                              ER_COLUMNACCESS_DENIED_ERROR,
                                              ER_SPECIFIC_ACCESS_DENIED_ERROR,
                                              ER_PROCACCESS_DENIED_ERROR};
  return is_one_of(kCodes, code);
}

/// The TLS errors that no second attempt mends.
bool is_wrong_server(const Fault& fault) {
  if (fault.code != CR_SSL_CONNECTION_ERROR) return false;
  constexpr std::array<std::string_view, 5> kWords = {"certificate", "verif", "name", "support",
                                                      "No such file"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return fault.text.find(word) != std::string::npos; });
}

std::string_view way_out_of_stop(const Fault& fault) {
  switch (fault.code) {
    case CR_SSL_CONNECTION_ERROR:
      return "the server is not the one that was named, or its certificate is not from the CA of "
             "tls_ca=FILE; check host=, tls_ca= and the server's ssl_cert";
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      return "check user=, password_file= and what the server knows of this user";
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED: return "the server refuses this host: see CREATE USER, FLUSH HOSTS";
    case ER_BAD_DB_ERROR: return "no such database: run mgc db init, or name another one in db=";
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_READ_ONLY_MODE:
    case ER_OPEN_AS_READONLY: return "the server is read-only: name the one that takes writes";
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: return "this session only reads";
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_PROCACCESS_DENIED_ERROR:
      return "the user lacks a right: see databases.sql and roles.sql in deploy/mariadb";
    case ER_BINLOG_STMT_MODE_AND_ROW_ENGINE: return "set binlog_format to ROW or MIXED";
    case ER_SIGNAL_EXCEPTION: return "see mgc audit hold list and mgc db status";
    case ER_NET_PACKET_TOO_LARGE:
    case CR_NET_PACKET_TOO_LARGE: return "set max_allowed_packet of the server to 16M or more";
    default:
      return is_duplicate(fault.code) ? "the store contradicts itself or was changed by hand: run "
                                        "mgc audit verify"
                                      : "run mgc db status";
  }
}

std::string_view way_out(const Fault& fault, Step step) {
  switch (action_for(fault, step)) {
    case Action::retry:
      return is_disk_full(fault.code) ? "the server's disk is full and nothing was written: free "
                                        "space"
                                      : "it will be tried again";
    case Action::reconnect: return "it will be connected again: see that the server runs";
    case Action::in_doubt: return "the answer to COMMIT is lost; the same batch has to be replayed";
    case Action::reject: return "MariaDB can never hold this value";
    case Action::stop: break;
  }
  return way_out_of_stop(fault);
}

}  // namespace

Action action_for(const Fault& fault, Step step) {
  if (step == Step::committing) {
    // Only a conflict and a refusal say for certain that nothing was committed.
    if (fault.code == ER_LOCK_DEADLOCK) return Action::retry;
    return is_refusal(fault.code) ? Action::stop : Action::in_doubt;
  }
  if (is_transient(fault.code)) return Action::retry;
  if (is_lost(fault.code)) return Action::reconnect;
  if (is_bad_data(fault.code)) return Action::reject;
  if (step == Step::inserting && is_duplicate(fault.code)) return Action::retry;
  if (fault.code == CR_SSL_CONNECTION_ERROR && !is_wrong_server(fault)) return Action::reconnect;
  return Action::stop;
}

Error make_error(const Fault& fault, Step step, std::string_view database) {
  const bool quotes_values = is_bad_data(fault.code) || is_duplicate(fault.code);
  const std::string_view said = is_duplicate(fault.code) ? "a key is there already"
                                : quotes_values          ? "a value does not fit its column"
                                                         : std::string_view(fault.text);
  return Error{action_for(fault, step),
               fmt::format("{}: {} (MariaDB {}); {}", printable(database), printable(said),
                           fault.code, way_out(fault, step))};
}

}  // namespace mgc::db::mariadb
