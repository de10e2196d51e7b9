#include "core/result.hpp"

#include "core/assert.hpp"

namespace mgc {

std::string_view to_string(Action action) noexcept {
  switch (action) {
    case Action::retry: return "retry";
    case Action::reconnect: return "reconnect";
    case Action::in_doubt: return "in doubt";
    case Action::reject: return "reject";
    case Action::stop: return "stop";
  }
  return "?";
}

void fail_result_access(std::string_view message) {
  fail_assertion("Result access", message, __FILE__, __LINE__);
}

}  // namespace mgc
