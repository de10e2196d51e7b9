#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <regex>
#include <string>
#include <thread>

#include "tests/support/process.hpp"
#include "tests/support/raw_client.hpp"

namespace mgc::test {

/// What a GET of `path` on 127.0.0.1 is answered with, headers too; empty when nobody listens.
inline std::string get(std::uint16_t port, const std::string& path) {
  const RawClient client(port);
  if (!client.connected()) return {};
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read();
}

/// Polls until `done`; false when it never was.
inline bool eventually(const std::function<bool()>& done) {
  constexpr std::chrono::seconds kPatience{20};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// The port behind `before` in what `process` logs.
inline std::uint16_t port_said(const Process& process, const std::string& before) {
  const std::regex said(before + "([0-9]+)");
  std::smatch port;
  std::string log;
  EXPECT_TRUE(eventually([&] { return std::regex_search(log = process.err(), port, said); }))
      << log;
  return port.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(std::stoi(port[1]));
}
inline std::uint16_t metrics_port(const Process& process) {
  return port_said(process, "metrics on http://127.0.0.1:");
}

}  // namespace mgc::test
