#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::mariadb {

/// Settings of the server by name, as SHOW GLOBAL VARIABLES says them.
using ServerSettings = std::map<std::string, std::string>;

/// Those that durability depends on; one that the server does not know is left out.
[[nodiscard]] Result<ServerSettings> read_durability(Session& session);

/// Those of `settings` that lose committed rows in a crash, one line each with the way out.
[[nodiscard]] std::vector<std::string> faults_of(const ServerSettings& settings);

/// The tables of the database that are not kept by InnoDB, one line each.
[[nodiscard]] Result<std::vector<std::string>> faults_of_tables(Session& session);

}  // namespace mgc::db::mariadb
