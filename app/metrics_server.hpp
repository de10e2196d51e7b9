#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/metrics_page.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// What the endpoint of one process answers with. Each is called on the endpoint's threads, at
/// once, and answers from what is known: it waits for no broker and no database.
struct MetricsSource {
  std::string command;  ///< "consume", for mgc_build_info
  std::function<void(MetricsPage&)> fill;
  /// Why a thread makes no progress; nullopt while all do.
  std::function<std::optional<std::string>()> unhealthy;
  /// Why the process cannot do its work now; nullopt while it can.
  std::function<std::optional<std::string>()> unready;
};

/// `/metrics`, `/healthz` and `/readyz` over plain HTTP, for Prometheus, `mgc top` and whoever
/// restarts processes. There is no login and no TLS: it belongs on a loopback address, or behind
/// something that has both.
///
/// Threads:   civetweb's: one that listens, and kThreads that answer. Memory: a request of
///            kRequestBytesMax and an answer for each of them.
/// Ownership: holds the port until destroyed. What `source` reads outlives it.
/// Errors:    a client that sends no request for kPatience is cut off.
class MetricsServer {
 public:
  static constexpr int kThreads = 4;
  static constexpr int kRequestBytesMax = 8 * 1024;
  static constexpr std::chrono::seconds kPatience{2};

  /// @param listen  HOST:PORT; port 0 = any free one.
  /// @errors stop  malformed, in use, or not an address of this machine.
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> start(const std::string& listen,
                                                                    MetricsSource source);
  virtual ~MetricsServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

/// `--metrics`, as every command that runs for long has it.
void add_metrics_flag(CLI::App& command, std::string& listen);

/// Starts the endpoint and logs where it is; nullptr when `listen` is empty. @errors as start().
[[nodiscard]] Result<std::unique_ptr<MetricsServer>> start_metrics(const std::string& listen,
                                                                   MetricsSource source);

}  // namespace mgc::app
