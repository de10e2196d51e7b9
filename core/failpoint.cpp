#include "core/failpoint.hpp"

#ifdef MGC_FAILPOINTS

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <string>

#include "core/assert.hpp"
#include "core/guarded.hpp"

namespace mgc {
namespace {

struct Armed {
  bool crash = false;
  int at = 0;
  int reached = 0;
};
using Points = std::map<std::string, Armed, std::less<>>;

Points parse(std::string_view text) {
  Points points;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const auto equals = item.find('=');
    const auto at = item.find('@');
    if (equals == std::string_view::npos || at == std::string_view::npos || at < equals) {
      fail_assertion("MGC_FAILPOINTS is a list of name=crash@N or name=error@N", item, __FILE__,
                     __LINE__);
    }
    Armed armed;
    armed.crash = item.substr(equals + 1, at - equals - 1) == "crash";
    std::from_chars(item.data() + at + 1, item.data() + item.size(), armed.at);
    points.emplace(item.substr(0, equals), armed);
  }
  return points;
}

Guarded<Points>& armed_points() {
  // Failure points are reached from everywhere; one table per process is their whole purpose.
  static Guarded<Points> points([] {
    const char* text = std::getenv("MGC_FAILPOINTS");
    return parse(text == nullptr ? "" : text);
  }());
  return points;
}

}  // namespace

Failure reach_failpoint(std::string_view name) {
  auto points = armed_points().lock();
  const auto found = points->find(name);
  if (found == points->end() || ++found->second.reached != found->second.at) return Failure::none;
  if (found->second.crash) ::raise(SIGKILL);
  return Failure::error;
}

void arm_failpoints(std::string_view specification) {
  *armed_points().lock() = parse(specification);
}

bool armed_failpoints_fired() {
  auto points = armed_points().lock();
  return std::all_of(points->begin(), points->end(),
                     [](const auto& one) { return one.second.reached >= one.second.at; });
}

}  // namespace mgc

#endif
