#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {

/// A server of one test's own, of the same kind as the others use, for tests that change it. While
/// it lives, server() says what is known of this one.
///
/// Errors: throw std::runtime_error.
class OwnServer {
 public:
  /// @param program  tests/servers/servers.py
  /// @param name     a server of it: "postgresql"
  OwnServer(std::string program, std::string name)
      : program_(std::move(program)), name_(std::move(name)) {
    // The server runs as a user who has to get in here.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::owner_all |
                                                        std::filesystem::perms::group_exec |
                                                        std::filesystem::perms::others_exec);
    control("start");
    set_servers((home() / "servers.json").string());
  }
  ~OwnServer() {
    control("stop");
    set_servers(shared_servers_);
  }
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  [[nodiscard]] std::filesystem::path home() const { return directory_ / "s"; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return directory_ / name;
  }

  /// `command` of servers.py: restart, kill, pause or resume.
  void control(const std::string& command) {
    std::vector<std::string> words = {"/usr/bin/python3", "-B", program_, command, "--dir",
                                      home().string()};
    if (command != "stop") words.push_back(name_);
    Process process(words, directory_ / "servers");
    if (process.wait(std::chrono::seconds(120)) != 0) throw std::runtime_error(process.err());
  }

 private:
  static void set_servers(const std::string& facts) {
    if (::setenv("MGC_TEST_SERVERS", facts.c_str(), 1) != 0) throw std::runtime_error("setenv");
  }
  static std::string shared_servers() {
    const char* facts = std::getenv("MGC_TEST_SERVERS");
    return facts == nullptr ? "" : facts;
  }

  const std::string program_;
  const std::string name_;
  const std::string shared_servers_ = shared_servers();
  TempDir directory_;
};

}  // namespace mgc::test
