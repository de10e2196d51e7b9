#include "tests/store/postgresql_server.hpp"

namespace mgc::test {

std::unique_ptr<TestEngine> make_engine() { return std::make_unique<PostgresqlEngine>(); }

}  // namespace mgc::test
