#include "tests/store/mariadb_engine.hpp"

namespace mgc::test {

std::unique_ptr<TestEngine> make_engine() { return std::make_unique<MariadbEngine>(); }

}  // namespace mgc::test
