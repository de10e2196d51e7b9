#include "core/planted_bug.hpp"

#ifdef MGC_FAILPOINTS

#include <cstdlib>

namespace mgc {

namespace {

std::string_view planted() {
  static const char* const planted = std::getenv("MGC_PLANTED_BUG");
  return planted == nullptr ? std::string_view{} : planted;
}

}  // namespace

bool planted_bug(std::string_view name) { return !planted().empty() && name == planted(); }

bool planted_bug(std::string_view name, std::string_view of) {
  const std::string_view whole = planted();
  return whole.size() == name.size() + 1 + of.size() && whole.starts_with(name) &&
         whole[name.size()] == ':' && whole.ends_with(of);
}

}  // namespace mgc

#endif
