#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/store/engine.hpp"

namespace mgc::test {

/// Where mgccomp and mgc are, for one test; dropped after it.
struct Databases {
  std::vector<std::unique_ptr<TestEngine>> engines;
  std::string mgccomp;
  std::string mgc;
};

struct Pair {
  const char* name;
  Databases (*make)();
};

using MakeEngine = std::unique_ptr<TestEngine> (*)();

template <MakeEngine kMake>
Databases one_database() {
  Databases databases;
  databases.engines.push_back(kMake());
  databases.mgccomp = databases.mgc = databases.engines[0]->dsn();
  return databases;
}

template <MakeEngine kMake>
Databases two_databases() {
  Databases databases = one_database<kMake>();
  databases.mgc = databases.engines[0]->second_dsn();
  return databases;
}

template <MakeEngine kMgccomp, MakeEngine kMgc>
Databases two_instances() {
  Databases databases = one_database<kMgccomp>();
  databases.engines.push_back(kMgc());
  databases.mgc = databases.engines[1]->dsn();
  return databases;
}

/// What the program is tested with; each program of database_pair_test.cpp has its own.
[[nodiscard]] std::vector<Pair> pairs();

}  // namespace mgc::test
