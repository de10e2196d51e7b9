#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/guarded.hpp"
#include "tests/support/loopback.hpp"

namespace mgc::test {

/// How a connection ends that a FaultProxy cuts.
enum class End : std::uint8_t {
  close,  ///< as a program that goes away
  reset,  ///< as a machine that has forgotten the connection
  stall,  ///< not at all: it stays as it is, for ever silent
};

/// What happens to the bytes of one direction of a connection. Bytes count from its beginning.
struct WayFaults {
  std::chrono::milliseconds latency{0};
  std::uint64_t bytes_per_second = 0;         ///< in slices of ten milliseconds; 0 = no limit
  std::optional<std::uint64_t> cut_after;     ///< so many arrive, then the connection ends
  std::optional<std::uint64_t> corrupt_byte;  ///< one bit of this one arrives the other way round
  std::function<void(std::string&)> change;   ///< what comes, in the pieces in which it comes
};

struct Faults {
  WayFaults to_server;
  WayFaults to_client;
  End end = End::close;
};

/// What happens to the request that a FaultProxy was told to wait for.
enum class Cut : std::uint8_t {
  request,  ///< it does not arrive, and the connection is closed
  reply,    ///< it arrives; its reply does not, and the connection is closed
  silence,  ///< it does not arrive, and the connection stays as it is, for ever silent
};

/// TCP connections through this program to a server on 127.0.0.1, with faults. Without faults it
/// passes everything on, in both directions, and ends a connection when one side does.
///
/// Threads: any call from any. Errors: throws when it cannot listen.
class FaultProxy {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FaultProxy(int server_port, std::uint64_t seed = 1)
      : server_port_(server_port), listener_(listen_on_loopback()), random_(seed) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~FaultProxy() {
    thread_.request_stop();
    thread_.join();
    for (Connection& one : connections_) close_both(one, End::close);
    ::close(listener_);
  }
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] int port() const { return port_of(listener_); }
  /// For connections that come from now on: `plan` is asked once for each, with its number from 0.
  void plan(std::function<Faults(int)> plan) { shared_.lock()->plan = std::move(plan); }
  /// For those that are open and those that come.
  void set(const Faults& faults) {
    change([faults](Connection& one) { one.faults = faults; });
    plan([faults](int) { return faults; });
  }
  /// Those that are open are cut after so many more bytes; those that come are not.
  void cut_open_after(std::uint64_t to_server, std::uint64_t to_client, End end) {
    change([=](Connection& one) {
      one.faults.to_server.cut_after = one.to_server.passed + to_server;
      one.faults.to_client.cut_after = one.to_client.passed + to_client;
      one.faults.end = end;
    });
  }
  /// Ends those that are open.
  void end_all(End end) {
    change([end](Connection& one) {
      one.faults.end = end;
      one.cut = true;
    });
  }
  /// Lets `requests` more through, then does `what` to the next. A request is what a client sends
  /// in one piece.
  void cut_after(int requests, Cut what) { shared_.lock()->rule = Rule{what, requests, {}}; }
  /// Does `what` to the next request that holds `text`.
  void cut_at(const std::string& text, Cut what) {
    shared_.lock()->rule = Rule{what, kNever, text};
  }
  /// Connections that were accepted so far, and those of them that a fault has ended.
  [[nodiscard]] int accepted() { return shared_.lock()->accepted; }
  [[nodiscard]] int cuts() { return shared_.lock()->cuts; }

 private:
  static constexpr int kNever = 1 << 30;
  static constexpr int kTick = 10;                     // milliseconds
  static constexpr std::size_t kWaitingMax = 1 << 14;  // bytes under way in one direction

  struct Rule {
    Cut what = Cut::request;
    int requests = kNever;
    std::string text;
  };
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  struct Way {
    int from, to;
    std::deque<Piece> waiting = {};
    std::size_t waiting_bytes = 0;
    std::uint64_t taken = 0;   ///< from the one side
    std::uint64_t passed = 0;  ///< to the other
    Clock::time_point slice = Clock::now();
    bool over = false;
  };
  struct Connection {
    Way to_server, to_client;
    Faults faults = {};
    bool cut = false;     ///< by a fault
    bool silent = false;  ///< by a fault, and left open
    bool reply_is_cut = false;
  };
  struct Shared {
    std::function<Faults(int)> plan = [](int) { return Faults{}; };
    std::vector<std::function<void(Connection&)>> changes;
    Rule rule;
    int accepted = 0;
    int cuts = 0;
  };

  void change(std::function<void(Connection&)> what) {
    auto shared = shared_.lock();
    shared->changes.push_back(std::move(what));
    shared.wait_until(Clock::now() + std::chrono::seconds{10},
                      [](const Shared& s) { return s.changes.empty(); });
  }
  std::optional<Cut> rule_for(const std::string& request) {
    auto shared = shared_.lock();
    Rule& rule = shared->rule;
    const bool matches = !rule.text.empty() && request.find(rule.text) != std::string::npos;
    if (rule.requests-- == 0 || matches) return rule.what;
    return std::nullopt;
  }

  static void close_both(const Connection& one, End end) {
    for (const int socket : {one.to_server.from, one.to_client.from}) {
      const linger at_once{1, 0};
      if (end == End::reset) {
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      }
      ::close(socket);
    }
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      make_changes();
      std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
      for (const Connection& one : connections_) {
        polled.push_back(wanted(one.to_server, one));
        polled.push_back(wanted(one.to_client, one));
      }
      ::poll(polled.data(), polled.size(), under_way() ? 1 : kTick);
      std::size_t at = 1;
      for (Connection& one : connections_) {
        if (polled[at++].revents != 0) take(one, one.to_server, one.faults.to_server, true);
        if (polled[at++].revents != 0) take(one, one.to_client, one.faults.to_client, false);
        pass(one, one.to_server, one.faults.to_server);
        pass(one, one.to_client, one.faults.to_client);
      }
      connections_.remove_if([this](Connection& one) { return is_over(one); });
      if (polled[0].revents != 0) accept();
    }
  }
  void make_changes() {
    auto shared = shared_.lock();
    for (const auto& what : shared->changes) {
      for (Connection& one : connections_) what(one);
    }
    shared->changes.clear();
    shared.notify_all();
  }
  static pollfd wanted(const Way& way, const Connection& one) {
    const bool full = way.over || one.silent || one.cut || way.waiting_bytes >= kWaitingMax;
    return {full ? -1 : way.from, POLLIN, 0};
  }
  [[nodiscard]] bool under_way() const {
    return std::any_of(connections_.begin(), connections_.end(), [](const Connection& one) {
      return !one.to_server.waiting.empty() || !one.to_client.waiting.empty();
    });
  }
  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    const int server = connect_to_loopback(server_port_);
    if (server < 0) {
      ::close(client);
      return;
    }
    ::fcntl(server, F_SETFL, O_NONBLOCK);
    connections_.push_back({{client, server}, {server, client}});
    auto shared = shared_.lock();
    connections_.back().faults = shared->plan(shared->accepted++);
  }

  void take(Connection& one, Way& way, const WayFaults& faults, bool request) {
    std::string bytes(1 << 16, '\0');
    if (faults.bytes_per_second != 0) bytes.resize(kWaitingMax);
    const ssize_t got = ::recv(way.from, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    if (bytes.empty()) {
      way.over = true;
      return;
    }
    const auto cut = request ? rule_for(bytes) : std::nullopt;
    if (cut == Cut::silence) one.faults.end = End::stall;
    one.cut |= cut && cut != Cut::reply;
    one.cut |= !request && one.reply_is_cut;
    if (request) one.reply_is_cut = cut.has_value();
    if (one.cut) return;
    if (faults.change) faults.change(bytes);
    const std::uint64_t corrupt = faults.corrupt_byte.value_or(~std::uint64_t{0});
    if (corrupt >= way.taken && corrupt < way.taken + bytes.size()) {
      bytes[corrupt - way.taken] ^= static_cast<char>(1U << (random_() % 8U));
    }
    way.taken += bytes.size();
    way.waiting_bytes += bytes.size();
    const auto due = Clock::now() + faults.latency;
    way.waiting.push_back(
        {way.waiting.empty() ? due : std::max(due, way.waiting.back().due), std::move(bytes)});
  }

  /// Gives on what is due, as far as the faults let it.
  static void pass(Connection& one, Way& way, const WayFaults& faults) {
    while (!way.waiting.empty() && !one.cut && !one.silent) {
      const auto now = Clock::now();
      Piece& piece = way.waiting.front();
      if (piece.due > now) return;
      std::uint64_t allowed = piece.bytes.size();
      if (faults.bytes_per_second != 0) {
        if (now < way.slice) return;
        allowed = std::min(allowed, std::max<std::uint64_t>(faults.bytes_per_second / 100, 1));
        way.slice = now + std::chrono::microseconds{allowed * 1'000'000 / faults.bytes_per_second};
      }
      if (faults.cut_after)
        allowed = std::min(allowed, *faults.cut_after - std::min(way.passed, *faults.cut_after));
      const ssize_t sent = ::send(way.to, piece.bytes.data(), allowed, MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) {
        way.over = true;
        return way.waiting.clear();
      }
      way.passed += static_cast<std::uint64_t>(sent);
      way.waiting_bytes -= static_cast<std::size_t>(sent);
      piece.bytes.erase(0, static_cast<std::size_t>(sent));
      if (piece.bytes.empty()) way.waiting.pop_front();
      one.cut |= faults.cut_after && way.passed >= *faults.cut_after;
    }
  }

  /// Also ends the connection, unless it is to stay silent.
  bool is_over(Connection& one) {
    if (one.cut && !one.silent) {
      ++shared_.lock()->cuts;
      one.silent = one.faults.end == End::stall;
      one.cut = !one.silent;
    }
    const bool ended = (one.to_server.over && one.to_server.waiting.empty()) ||
                       (one.to_client.over && one.to_client.waiting.empty());
    if (!one.cut && !ended) return false;
    close_both(one, one.cut ? one.faults.end : End::close);
    return true;
  }

  const int server_port_;
  const int listener_;
  std::mt19937_64 random_;
  std::list<Connection> connections_;  ///< of the thread, as random_
  Guarded<Shared> shared_;
  std::jthread thread_;
};

}  // namespace mgc::test
