#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace mgc::test {

/// What tests/servers/servers.py says of a running server (see there), or of "tls", the
/// certificates. Throws when the servers were not started: such a test fails, it does not skip.
inline nlohmann::json server(const std::string& name) {
  const char* file = std::getenv("MGC_TEST_SERVERS");
  if (file == nullptr) {
    throw std::runtime_error(
        "this test needs servers: run tests/servers/servers.py start --dir DIR, then set "
        "MGC_TEST_SERVERS=DIR/servers.json");
  }
  std::ifstream in(file);
  if (!in) throw std::runtime_error(std::string(file) + " cannot be read; were the servers started?");
  return nlohmann::json::parse(in).at(name);
}

}  // namespace mgc::test
