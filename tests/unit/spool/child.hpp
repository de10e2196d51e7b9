#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace mgc::test {

/// Runs `body` in a child process that ends without any clean-up, as a process that is killed does.
/// Returns how it ended: "exit N" or "signal N".
template <typename Body>
std::string run_in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return "no child";
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace mgc::test
