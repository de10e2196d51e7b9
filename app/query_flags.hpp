#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {

/// The flags by which auditors say what they look for.
struct QueryFlags {
  std::string room, person, since, until, text;
  std::vector<std::string> kinds, words;
  std::int64_t after = -1;
};

void add_query_flags(CLI::App& command, QueryFlags& flags);

/// @errors stop  a flag is not what it should be; with its name.
[[nodiscard]] Result<db::EventQuery> read_query(const QueryFlags& flags);

}  // namespace mgc::app
