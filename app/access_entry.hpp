#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "app/command.hpp"

namespace mgc::app {

/// What one command below `mgc audit` says of itself in access_log.
struct AccessRequest {
  std::string mgccomp;  ///< the database that it reads
  std::string command;  ///< "dead-letters show"
  std::string details;  ///< its flags, as a JSON document
};

/// The command that was given below `group`; nullopt when it reads no mgccomp.
[[nodiscard]] std::optional<AccessRequest> access_request(const CLI::App& group);

/// Runs `run` between two rows of access_log: one before it, and one with what `context.seen` says
/// after it. Without the first one nothing is read, unless `unnoted` asks for that and the owner of
/// the database allows it. Returns the exit code.
[[nodiscard]] int run_noted(const AccessRequest& request, bool unnoted, const Context& context,
                            const std::function<int()>& run);

}  // namespace mgc::app
