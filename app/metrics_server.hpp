#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/metrics.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// What the endpoint of one process answers with. Each is called on the endpoint's thread, and
/// answers from what is known: it waits for no broker and no database.
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
/// Threads:   owns one. Memory: kConnectionsMax connections, each with a request of
/// kRequestBytesMax
///            and an answer.
/// Ownership: holds the port until destroyed. What `source` reads outlives it.
/// Errors:    a client that sends no request, or takes no answer, is cut off after kPatience.
class MetricsServer {
 public:
  static constexpr std::size_t kConnectionsMax = 16;
  static constexpr std::size_t kRequestBytesMax = 8 * 1024;
  static constexpr std::chrono::seconds kPatience{5};

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
