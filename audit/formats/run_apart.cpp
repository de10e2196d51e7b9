#include "audit/formats/run_apart.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mgc::audit {
namespace {

using std::chrono::steady_clock;

/// What an answer begins with.
constexpr char kFine = '+';
constexpr char kFailed = '-';

/// Of the memory that this process has mapped; 0 where the system does not say.
std::size_t mapped_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t pages = 0;
  in >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void limit(decltype(RLIMIT_CPU) what, std::size_t most) {
  const rlimit wanted{most, most};
  // One that cannot be set leaves the others, and the parent's clock.
  static_cast<void>(::setrlimit(what, &wanted));
}

bool write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<Bytes> try_work(const std::function<Result<Bytes>()>& work) {
  try {
    return work();
  } catch (const std::exception& fault) {
    return Error{Action::stop, fault.what()};
  }
}

[[noreturn]] void be_child(int answer, const ApartLimits& limits, std::size_t mapped,
                           const std::function<Result<Bytes>()>& work) {
  static_cast<void>(::prctl(PR_SET_PDEATHSIG, SIGKILL));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, static_cast<std::size_t>(limits.time.count()) + 1);
  if (mapped > 0) limit(RLIMIT_AS, mapped + limits.memory_bytes);
  const Result<Bytes> done = try_work(work);
  const char begins = done ? kFine : kFailed;
  const bool said = write_all(answer, ByteView(&begins, 1)) &&
                    write_all(answer, done ? ByteView(*done) : ByteView(done.error().message));
  ::_exit(said ? 0 : 1);
}

class Child {
 public:
  Child(pid_t pid, int answer) : pid_(pid), answer_(answer) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      static_cast<void>(::kill(pid_, SIGKILL));
      static_cast<void>(reap());
    }
    ::close(answer_);
  }

  Result<Bytes> wait(const ApartLimits& limits) {
    const auto until = steady_clock::now() + limits.time;
    Bytes answer;
    std::array<char, 65'536> piece{};
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
      if (left.count() <= 0) return too_long(limits);
      pollfd waited{answer_, POLLIN, 0};
      const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t got = ready < 0 ? -1 : ::read(answer_, piece.data(), piece.size());
      if (got <= 0) return judge(std::move(answer), limits);
      answer.append(piece.data(), static_cast<std::size_t>(got));
      if (answer.size() > limits.answer_bytes)
        return Error{Action::stop, fmt::format("it gives more than {} bytes", limits.answer_bytes)};
    }
  }

 private:
  static Error too_long(const ApartLimits& limits) {
    return {Action::stop, fmt::format("it takes longer than {} s", limits.time.count())};
  }

  Result<Bytes> judge(Bytes answer, const ApartLimits& limits) {
    const int status = reap();
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return too_long(limits);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.empty()) {
      return Error{Action::stop, fmt::format("it crashed (status {}): it wants more than {} MiB of "
                                             "memory, or goes too deep",
                                             status, limits.memory_bytes >> 20U)};
    }
    const bool fine = answer.front() == kFine;
    answer.erase(0, 1);
    if (fine) return answer;
    return Error{Action::stop, std::move(answer)};
  }

  /// Waits for its end, which is near.
  int reap() {
    int status = -1;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

  pid_t pid_;  ///< -1: ended
  int answer_;
};

}  // namespace

Result<Bytes> run_apart(const ApartLimits& limits, const std::function<Result<Bytes>()>& work) {
  const auto refused = [](std::string_view what) {
    return Error{Action::retry,
                 fmt::format("no {}: {}", what, std::generic_category().message(errno))};
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return refused("pipe");
  const std::size_t mapped = mapped_bytes();
  const pid_t pid = ::fork();
  if (pid == 0) be_child(ends[1], limits, mapped, work);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return refused("process");
  }
  return Child(pid, ends[0]).wait(limits);
}

}  // namespace mgc::audit
