// A chat server for campaigns: publishes numbered posts through the publisher's library and keeps a
// ledger of its own of what publish() promised. The ledger is a file of lines, written before and
// after each call:
//
//   ? FIRST COUNT    publish() is called with the posts FIRST .. FIRST + COUNT - 1
//   = FIRST COUNT    it returned: they are recorded
//
// A process that is killed leaves a `?` without its `=`: those posts may be recorded. Numbers are
// never used twice. SIGTERM ends it; with --drain it publishes nothing and waits for receipts.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "producer/publisher.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::test {
namespace {

using std::chrono::milliseconds;

class Ledger {
 public:
  explicit Ledger(const std::string& file)
      : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::runtime_error(file + " cannot be opened");
    std::ifstream lines(file);
    char mark = 0;
    for (std::uint64_t first = 0, count = 0; lines >> mark >> first >> count;) {
      next_ = std::max(next_, first + count);
    }
  }
  ~Ledger() { ::close(file_); }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  std::uint64_t call(std::uint64_t count) {
    const std::uint64_t first = next_;
    next_ += count;
    write('?', first, count);
    return first;
  }
  void promised(std::uint64_t first, std::uint64_t count) { write('=', first, count); }

 private:
  /// In one piece, so that a kill leaves whole lines: the kernel has it when write() returns.
  void write(char mark, std::uint64_t first, std::uint64_t count) {
    const std::string line =
        mark + (' ' + std::to_string(first)) + ' ' + std::to_string(count) + '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::runtime_error("the ledger cannot be written");
    }
  }

  const int file_;
  std::uint64_t next_ = 1;
};

struct Options {
  producer::PublisherOptions publisher;
  std::string ledger;
  unsigned rate = 500;
  unsigned drain_seconds = 0;
  std::uint64_t seed = 1;
};

/// Waits `pause`, or until SIGTERM; true when it came.
bool terminated(milliseconds pause) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  const timespec wait{pause.count() / 1000, pause.count() % 1000 * 1'000'000};
  return ::sigtimedwait(&signals, nullptr, &wait) == SIGTERM;
}

/// @returns the exit code.
int publish_until_terminated(const Options& options, producer::Publisher& publisher) {
  Ledger ledger(options.ledger);
  std::mt19937_64 random(options.seed);
  while (true) {
    const std::uint64_t count = 1 + random() % 20;
    const std::uint64_t first = ledger.call(count);
    std::vector<schema::Event> posts;
    for (std::uint64_t number = first; number < first + count; ++number) {
      posts.push_back(chat_event(options.publisher.node + ':' + std::to_string(number)));
    }
    const auto published = publisher.publish(posts);
    if (published) {
      ledger.promised(first, count);
    } else if (published.error().action == Action::stop) {
      std::fprintf(stderr, "%s\n", published.error().message.c_str());
      return 1;
    }
    if (terminated(milliseconds{1000 * count / options.rate})) return 0;
  }
}

int run(const Options& options) {
  auto publisher = producer::Publisher::open(options.publisher);
  if (!publisher) {
    std::fprintf(stderr, "%s\n", publisher.error().message.c_str());
    return 1;
  }
  if (options.drain_seconds > 0) {
    return (*publisher)->wait_receipted(std::chrono::seconds{options.drain_seconds}) ? 0 : 1;
  }
  const int code = publish_until_terminated(options, **publisher);
  (*publisher)->close(milliseconds{0});
  return code;
}

}  // namespace
}  // namespace mgc::test

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  mgc::test::Options options;
  CLI::App app("A chat server that keeps a ledger of what it was promised");
  auto& publisher = options.publisher;
  app.add_option("--node", publisher.node)->required();
  app.add_option("--outbox", publisher.outbox)->required();
  app.add_option("--ledger", options.ledger)->required();
  app.add_option("--rate", options.rate, "Posts a second")->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed);
  app.add_option("--drain", options.drain_seconds, "Seconds to wait for receipts; then 0 or 1");
  app.add_option("--broker", publisher.broker.url);
  app.add_option("--broker-ca", publisher.broker.ca_file);
  app.add_option("--broker-user", publisher.broker.user);
  app.add_option("--broker-password-file", publisher.broker.password_file);
  app.add_option("--address", publisher.address);
  unsigned keep_seconds = 0;
  app.add_option("--keep-seconds", keep_seconds, "How long packs stay after their receipt");
  CLI11_PARSE(app, argc, argv);
  publisher.keep_for = std::chrono::seconds{keep_seconds};
  publisher.receipt_wait = std::chrono::seconds{2};
  publisher.watermark_interval = std::chrono::seconds{5};
  publisher.broker.idle_timeout = std::chrono::milliseconds{3'000};
  publisher.broker.watchdog = std::chrono::milliseconds{4'000};
  publisher.broker.reconnect_max = std::chrono::milliseconds{500};
  mgc::start_log(mgc::LogLevel::info);
  try {
    return mgc::test::run(options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
