#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace mgc::db::postgresql {

/// Where in a transaction a call failed: the same code means something else at COMMIT, and in an
/// insert that another session was faster with.
enum class Step : std::uint8_t { opening, statement, inserting, committing };

/// What libpq says about a failed call.
struct Failure {
  std::string_view sqlstate;  ///< five characters; empty when the server said nothing
  std::string_view message;   ///< the primary message, without DETAIL and CONTEXT
  bool lost = false;          ///< the connection is gone
};

/// What the caller has to do about a SQLSTATE (PostgreSQL 15, appendix A).
[[nodiscard]] Action action_for(std::string_view sqlstate, bool lost, Step step);

/// The operator's line for a failed call on `server`. Messages of class 22 (data exceptions) are
/// left out: they quote the data.
[[nodiscard]] Error make_error(const Failure& failure, Step step, std::string_view server);

/// The error for a connection that could not be made. `text` is libpq's message with verbose
/// errors,
/// "...: FATAL:  28P01: password authentication failed"; libpq has no other place for the
/// server's SQLSTATE then.
[[nodiscard]] Error make_open_error(std::string_view text, std::string_view server);

/// True when make_error() or make_open_error() made `error` of this SQLSTATE.
[[nodiscard]] bool is_sqlstate(const Error& error, std::string_view sqlstate);

/// The SQLSTATE in such a text; empty when the server did not answer.
[[nodiscard]] std::string_view sqlstate_in(std::string_view text);

}  // namespace mgc::db::postgresql
