#pragma once

#include <cstdint>
#include <string>

#include "tests/support/raw_client.hpp"

namespace mgc::test {

/// What a GET of `path` on 127.0.0.1 is answered with, headers too; empty when nobody listens.
inline std::string get(std::uint16_t port, const std::string& path) {
  const RawClient client(port);
  if (!client.connected()) return {};
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read();
}

}  // namespace mgc::test
