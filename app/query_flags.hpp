#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {

/// The flags by which auditors say what they look for.
struct QueryFlags {
  using Text = std::optional<std::string>;  ///< nullopt: not given; one that is empty is refused

  Text room, person, since, until, text, query, node, file_name, file_sha256;
  std::vector<std::string> kinds, words;
  bool duties = false;
  std::int64_t after = -1;
};

/// Adds them, and how a QUERY is written to the help of the command.
void add_query_flags(CLI::App& command, QueryFlags& flags);

/// @errors stop  a flag is not what it should be; with its name.
[[nodiscard]] Result<db::EventQuery> read_query(const QueryFlags& flags);

}  // namespace mgc::app
