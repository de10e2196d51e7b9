#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mgc::test {

/// A program run as a child process, with stdout and stderr in files. Killed and reaped by the
/// destructor when it still runs.
class Process {
 public:
  /// `environment` is added to ours, as NAME=VALUE. Output goes to `output`.out and `output`.err.
  Process(const std::vector<std::string>& command, const std::filesystem::path& output,
          const std::vector<std::string>& environment = {})
      : output_(output) {
    // Everything is made before fork(): between fork and exec only plain system calls are allowed.
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> variables;
    for (char** one = environ; *one != nullptr; ++one) variables.push_back(*one);
    for (const std::string& one : environment) variables.push_back(const_cast<char*>(one.c_str()));
    variables.push_back(nullptr);
    const std::string out = output.string() + ".out";
    const std::string err = output.string() + ".err";
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
      ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      ::execve(arguments.front(), arguments.data(), variables.data());
      ::_exit(127);
    }
  }
  ~Process() {
    if (pid_ <= 0) return;
    kill(SIGKILL);
    (void)wait(std::chrono::seconds{10});
  }
  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}
  Process& operator=(Process&&) = delete;

  void kill(int signal) const { ::kill(pid_, signal); }

  /// The exit code, 128 + N when signal N ended it, nullopt when it still runs after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (handle < 0) throw std::runtime_error("pidfd_open failed");
    pollfd ended{handle, POLLIN, 0};
    const int ready = ::poll(&ended, 1, static_cast<int>(patience.count()));
    ::close(handle);
    if (ready == 0) return std::nullopt;
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("waitpid failed");
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  /// The most memory that the running process has had at once (VmHWM of proc(5)), in bytes.
  [[nodiscard]] std::size_t peak_memory() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    std::string word;
    while (status >> word) {
      std::size_t kilobytes = 0;
      if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    throw std::runtime_error("the process does not run");
  }

  [[nodiscard]] std::string out() const { return read(".out"); }
  [[nodiscard]] std::string err() const { return read(".err"); }

 private:
  [[nodiscard]] std::string read(const std::string& suffix) const {
    std::ifstream file(output_.string() + suffix);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  pid_t pid_ = -1;
  std::filesystem::path output_;
};

}  // namespace mgc::test
