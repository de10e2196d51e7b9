#include "tests/integration/database_pair.hpp"

namespace mgc::test {

std::vector<Pair> pairs() {
  return {{"OneFile", one_database<make_engine>}, {"TwoFiles", two_databases<make_engine>}};
}

}  // namespace mgc::test
