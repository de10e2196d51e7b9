#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/support/process.hpp"

namespace mgc::test {

/// The certificates of tests/servers/tls.py, made anew in a directory: NAME.pem and NAME.key.
class Certificates {
 public:
  explicit Certificates(std::filesystem::path directory) : directory_(std::move(directory)) {
    Process made({"/usr/bin/python3", "-B", MGC_CERTIFICATES, directory_.string()},
                 directory_.string() + ".log");
    EXPECT_EQ(made.wait(std::chrono::seconds{30}), 0) << made.err();
  }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }

 private:
  std::filesystem::path directory_;
};

}  // namespace mgc::test
