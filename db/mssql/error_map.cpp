#include "db/mssql/error_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/utf8.hpp"

namespace mgc::db::mssql {
namespace {

enum class Cause : std::uint8_t {
  unknown,
  lost,         ///< the connection, or the server is about to go or about to come
  busy,         ///< locks, deadlock, memory, too many sessions
  full,         ///< disk, log or file group
  duplicate,    ///< a unique key
  bad_data,     ///< a value that the column cannot hold
  no_snapshot,  ///< snapshot isolation is off
  gone,         ///< COMMIT found no transaction: the server has rolled it back before
  login,
  database,
  rights,
  missing,  ///< table or procedure
  read_only,
  damaged,
};

struct Known {
  std::int32_t native;
  Cause cause;
};

/// Sorted. Source: sys.messages of SQL Server 2008 R2 to 2022; 20000 to 20050 are FreeTDS's own.
constexpr std::array kKnown = {
    Known{64, Cause::lost},          Known{121, Cause::lost},       Known{208, Cause::missing},
    Known{220, Cause::bad_data},     Known{229, Cause::rights},     Known{230, Cause::rights},
    Known{233, Cause::lost},         Known{241, Cause::bad_data},   Known{242, Cause::bad_data},
    Known{245, Cause::bad_data},     Known{258, Cause::lost},       Known{262, Cause::rights},
    Known{297, Cause::rights},       Known{300, Cause::rights},     Known{515, Cause::bad_data},
    Known{547, Cause::bad_data},     Known{596, Cause::lost},       Known{601, Cause::busy},
    Known{605, Cause::damaged},      Known{701, Cause::busy},       Known{802, Cause::busy},
    Known{823, Cause::damaged},      Known{824, Cause::damaged},    Known{911, Cause::database},
    Known{916, Cause::rights},       Known{921, Cause::lost},       Known{922, Cause::lost},
    Known{927, Cause::lost},         Known{942, Cause::database},   Known{945, Cause::database},
    Known{976, Cause::lost},         Known{983, Cause::lost},       Known{1101, Cause::full},
    Known{1105, Cause::full},        Known{1204, Cause::busy},      Known{1205, Cause::busy},
    Known{1222, Cause::busy},        Known{2601, Cause::duplicate}, Known{2627, Cause::duplicate},
    Known{2628, Cause::bad_data},    Known{2812, Cause::missing},   Known{3902, Cause::gone},
    Known{3906, Cause::read_only},   Known{3908, Cause::read_only}, Known{3930, Cause::busy},
    Known{3952, Cause::no_snapshot}, Known{3960, Cause::busy},      Known{3961, Cause::busy},
    Known{4060, Cause::database},    Known{6005, Cause::lost},      Known{8114, Cause::bad_data},
    Known{8115, Cause::bad_data},    Known{8152, Cause::bad_data},  Known{8645, Cause::busy},
    Known{8651, Cause::busy},        Known{9002, Cause::full},      Known{10053, Cause::lost},
    Known{10054, Cause::lost},       Known{10060, Cause::lost},     Known{10061, Cause::lost},
    Known{10928, Cause::busy},       Known{10929, Cause::busy},     Known{17142, Cause::lost},
    Known{17187, Cause::lost},       Known{17809, Cause::busy},     Known{18451, Cause::lost},
    Known{18452, Cause::login},      Known{18456, Cause::login},    Known{18470, Cause::login},
    Known{18486, Cause::login},      Known{18487, Cause::login},    Known{18488, Cause::login},
    Known{20002, Cause::lost},       Known{20003, Cause::lost},     Known{20004, Cause::lost},
    Known{20006, Cause::lost},       Known{20009, Cause::lost},     Known{20017, Cause::lost},
    Known{20047, Cause::lost},       Known{40197, Cause::lost},     Known{40501, Cause::busy},
    Known{40613, Cause::lost},
};
static_assert(std::ranges::is_sorted(kKnown, {}, &Known::native));

Cause cause_by_state(std::string_view state) {
  if (state.starts_with("08") || state == "HYT00" || state == "HYT01") return Cause::lost;
  if (state.starts_with("40")) return Cause::busy;
  if (state == "28000") return Cause::login;
  if (state == "23505") return Cause::duplicate;
  if (state.starts_with("22") || state.starts_with("23")) return Cause::bad_data;
  if (state == "42S02") return Cause::missing;
  return Cause::unknown;
}

Cause cause_of(const odbc::Diagnostic& diagnostic) {
  // A lost connection may come with any number of an operating system.
  const Cause by_state = cause_by_state(diagnostic.sqlstate);
  const auto known = std::ranges::lower_bound(kKnown, diagnostic.native, {}, &Known::native);
  const bool is_known = known != kKnown.end() && known->native == diagnostic.native;
  if (is_known) return known->cause;
  return by_state;
}

Action action_of(Cause cause, Step step) {
  switch (cause) {
    case Cause::lost: return step == Step::committing ? Action::in_doubt : Action::reconnect;
    case Cause::busy:
    case Cause::full:
    case Cause::gone: return Action::retry;
    case Cause::duplicate: return step == Step::inserting_id ? Action::retry : Action::stop;
    case Cause::bad_data: return Action::reject;
    case Cause::unknown: return step == Step::committing ? Action::in_doubt : Action::stop;
    default: return Action::stop;
  }
}

/// What stands for the server's text, and the way out.
std::string_view advice(Cause cause, Step step) {
  switch (cause) {
    case Cause::lost:
      return step == Step::committing
                 ? "the answer to COMMIT is lost; the same batch has to be replayed"
                 : "the server cannot be reached, is starting or is stopping; check its name, its "
                   "port, its certificate and that it runs";
    case Cause::busy: return "other sessions hold what is needed; it will be tried again";
    case Cause::full: return "its disk, log or file group is full: free space or let it grow";
    case Cause::gone: return "the server has rolled the transaction back; it will be tried again";
    case Cause::duplicate:
      return step == Step::inserting_id
                 ? "another session was faster; it will be tried again"
                 : "a key is there already: the store contradicts itself or was changed by hand; "
                   "run mgc audit verify";
    case Cause::bad_data: return "a value does not fit its column or breaks a constraint";
    case Cause::no_snapshot:
      return "snapshot isolation is off; as the owner run mgc db upgrade, or ALTER DATABASE ... "
             "SET "
             "ALLOW_SNAPSHOT_ISOLATION ON";
    case Cause::login: return "the login is refused: check UID and the file of the password";
    case Cause::database:
      return "the database does not exist, is offline or is not ours to open: run mgc db init or "
             "check Database=";
    case Cause::rights: return "no rights for it: run deploy/mssql/roles.sql and grant a role";
    case Cause::missing: return "a table is missing: run mgc db init, or check Database=";
    case Cause::read_only: return "the database is read-only: name the primary, or set READ_WRITE";
    case Cause::damaged: return "the database is damaged: run DBCC CHECKDB and restore a backup";
    default: return "run mgc db status";
  }
}

bool quotes_values(Cause cause) { return cause == Cause::duplicate || cause == Cause::bad_data; }

}  // namespace

Action action_for(const odbc::Diagnostic& diagnostic, Step step) {
  return action_of(cause_of(diagnostic), step);
}

Error make_error(const odbc::Diagnostic& diagnostic, Step step, std::string_view database) {
  const Cause cause = cause_of(diagnostic);
  const std::string text =
      quotes_values(cause) ? std::string() : ": " + printable(diagnostic.message);
  return Error{action_of(cause, step),
               fmt::format("{}{} (SQL Server {}, SQLSTATE {}); {}", printable(database), text,
                           diagnostic.native, printable(diagnostic.sqlstate), advice(cause, step))};
}

}  // namespace mgc::db::mssql
