#include "db/postgresql/connection.hpp"

// See sqlite/connection.cpp: SOCI's headers ask for Boost, which is not needed.
#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "core/log.hpp"
#include "core/password_file.hpp"
#include "core/utf8.hpp"

namespace mgc::db::postgresql {
namespace {

using Clock = std::chrono::steady_clock;

PGconn* native_handle(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

/// What the server wants to say beside its results; libpq would write it to stderr.
void log_notice(void* name, const PGresult* notice) {
  const char* said = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  log_warning("{}: {}", *static_cast<const std::string*>(name), said == nullptr ? "" : said);
}

struct Finish {
  void operator()(PGconn* handle) const { PQfinish(handle); }
};

/// Asks the server once more why it refuses. SOCI 4.0.3 keeps only the sentence, in the server's
/// language; verbose errors, which can be switched on only between start and end of a connection,
/// have the code as well.
Error explain(const std::string& connect_string, const std::string& name) {
  const std::unique_ptr<PGconn, Finish> handle(PQconnectStart(connect_string.c_str()));
  if (!handle) return Error{Action::retry, name + ": out of memory"};
  PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  if (PQstatus(handle.get()) == CONNECTION_BAD) state = PGRES_POLLING_FAILED;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd socket{PQsocket(handle.get()),
                  static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (left.count() <= 0 || poll(&socket, 1, static_cast<int>(left.count())) == 0) {
      return make_open_error("timeout expired", name);
    }
    state = PQconnectPoll(handle.get());
  }
  if (state == PGRES_POLLING_OK) {
    return Error{Action::reconnect, name + ": it refused a connection and took the next one"};
  }
  return make_open_error(PQerrorMessage(handle.get()), name);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ServerOptions& options,
                                                     std::string_view database) {
  std::string password;
  if (!options.password_file.empty()) {
    auto read = read_password(options.password_file);
    if (!read) return read.error();
    password = std::move(*read);
  }
  const std::string text = connect_string(options, database, password);
  try {
    auto session = std::make_unique<soci::session>(*soci::factory_postgresql(), text);
    return std::make_unique<Connection>(std::move(session), options.name);
  } catch (const std::exception&) {
    return explain(text, options.name);
  }
}

Connection::Connection(std::unique_ptr<soci::session> session, std::string name)
    : session_(std::move(session)),
      handle_(native_handle(*session_)),
      name_(std::move(name)),
      socket_(PQsocket(handle_)) {
  PQsetNoticeReceiver(handle_, log_notice, &name_);
  // Only out of memory makes this fail, and then the calls below wait in libpq.
  static_cast<void>(PQsetnonblocking(handle_, 1));
}

Connection::~Connection() = default;

Error Connection::give_up(std::string_view why, Step step) {
  // Whatever may still come from the server, nobody listens.
  lost_ = true;
  if (const int socket = PQsocket(handle_); socket >= 0) ::shutdown(socket, SHUT_RDWR);
  return make_error({"", why, true}, step, name_);
}

Error Connection::failure(const PGresult* result, Step step) const {
  const char* code = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* said =
      result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view text = said != nullptr ? said : PQerrorMessage(handle_);
  return make_error(
      {code == nullptr ? "" : code, text, lost_ || PQstatus(handle_) == CONNECTION_BAD}, step,
      name_);
}

Connection::Deadline Connection::answer_deadline() const {
  return answer_timeout_.count() == 0 ? Deadline::max() : Clock::now() + answer_timeout_;
}

bool Connection::wait_for_socket(bool writable, Deadline deadline) {
  pollfd socket{PQsocket(handle_), static_cast<short>(writable ? POLLIN | POLLOUT : POLLIN), 0};
  while (true) {
    int wait_ms = -1;
    if (deadline != Deadline::max()) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return false;
      wait_ms = static_cast<int>(left);
    }
    const int ready = poll(&socket, 1, wait_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // libpq sees what it is
  }
}

Result<void> Connection::flush(Deadline deadline, Step step) {
  while (true) {
    const int pending = PQflush(handle_);
    if (pending == 0) return {};
    if (pending < 0) return failure(nullptr, step);
    if (!wait_for_socket(true, deadline)) return give_up("the server takes no data", step);
    if (PQconsumeInput(handle_) == 0) return failure(nullptr, step);
  }
}

Result<ResultPtr> Connection::run(const std::string& statements, Step step) {
  return wait(PQsendQuery(handle_, statements.c_str()), step);
}

Result<ResultPtr> Connection::wait(int sent, Step step) {
  if (sent == 0) return failure(nullptr, step);
  const Deadline deadline = answer_deadline();
  if (const auto flushed = flush(deadline, step); !flushed) return flushed.error();
  ResultPtr last;
  std::optional<Error> failed;
  while (true) {
    while (PQisBusy(handle_) != 0) {
      if (!wait_for_socket(false, deadline)) return give_up("the server does not answer", step);
      if (PQconsumeInput(handle_) == 0) break;  // PQgetResult() says why
    }
    ResultPtr result(PQgetResult(handle_));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                      status == PGRES_COPY_IN || status == PGRES_EMPTY_QUERY;
    if (!good && !failed) failed = failure(result.get(), step);
    last = std::move(result);
    if (status == PGRES_COPY_IN) break;
  }
  if (failed) return *failed;
  if (!last) return failure(nullptr, step);
  return last;
}

Error Connection::copy_failure() {
  const auto ended = wait(1, Step::statement);
  return ended ? failure(nullptr, Step::statement) : ended.error();
}

Result<void> Connection::put(std::string_view data) {
  const Deadline deadline = answer_deadline();
  while (true) {
    const int queued = PQputCopyData(handle_, data.data(), static_cast<int>(data.size()));
    if (queued < 0) return copy_failure();
    if (queued > 0) return flush(deadline, Step::statement);
    if (!wait_for_socket(true, deadline))
      return give_up("the server takes no data", Step::statement);
    if (PQconsumeInput(handle_) == 0) return failure(nullptr, Step::statement);
  }
}

Result<void> Connection::end_copy() {
  int ended = PQputCopyEnd(handle_, nullptr);
  const Deadline deadline = answer_deadline();
  while (ended == 0) {
    if (!wait_for_socket(true, deadline))
      return give_up("the server takes no data", Step::statement);
    if (PQconsumeInput(handle_) == 0) return failure(nullptr, Step::statement);
    ended = PQputCopyEnd(handle_, nullptr);
  }
  if (ended < 0) return copy_failure();
  if (const auto done = wait(1, Step::statement); !done) return done.error();
  return {};
}

}  // namespace mgc::db::postgresql
