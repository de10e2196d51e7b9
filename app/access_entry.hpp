#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "app/command.hpp"
#include "db/access_log.hpp"

namespace mgc::app {

/// The command that was given below `group`; nullopt when it reads no mgccomp.
[[nodiscard]] std::optional<AccessRequest> access_request(const CLI::App& group);

/// One access to the record, between two rows of access_log. Whoever cannot write the first one
/// reads nothing; when the second one is missing, the program did not come that far.
///
/// Threads: one owner. Ownership: a session of the access log for its life.
class Access {
 public:
  /// Writes the row before it; none where `request` wants that and the owner of the database
  /// allows it. @errors stop  cannot be written, or is not allowed. reconnect, retry  as the log.
  [[nodiscard]] static Result<Access> begin(const AccessRequest& request);
  /// Writes the row after it, whatever came of it. @errors as begin().
  [[nodiscard]] Result<void> end(int exit_code, const Seen& seen);

 private:
  Access(std::optional<db::AccessLog> log, db::AccessNote note)
      : log_(std::move(log)), note_(std::move(note)) {}
  std::optional<db::AccessLog> log_;
  db::AccessNote note_;
};

/// Runs `run` within the access that `context` says. Returns the exit code.
[[nodiscard]] int run_noted(const Context& context, const std::function<int()>& run);

}  // namespace mgc::app
