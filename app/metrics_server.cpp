#include "app/metrics_server.hpp"

#include <civetweb.h>
#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "app/host_port.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "transport/socket.hpp"

namespace mgc::app {
namespace {

std::string response(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, type, body.size(), body);
}
std::string plain(std::string_view status, std::string_view line) {
  return response(status, "text/plain; charset=utf-8", fmt::format("{}\n", line));
}

/// civetweb's own count of its users.
class Library {
 public:
  Library() { mg_init_library(MG_FEATURES_DEFAULT); }
  ~Library() { mg_exit_library(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

struct Stop {
  void operator()(mg_context* server) const { mg_stop(server); }
};

class CivetServer final : public MetricsServer {
 public:
  explicit CivetServer(MetricsSource source)
      : source_(std::move(source)), started_at_(std::chrono::system_clock::now()) {}

  Result<void> listen(const std::string& where) {
    const std::string threads = std::to_string(kThreads);
    const std::string patience = std::to_string(std::chrono::milliseconds(kPatience).count());
    const std::string request = std::to_string(kRequestBytesMax);
    const char* options[] = {"listening_ports",
                             where.c_str(),
                             "num_threads",
                             threads.c_str(),
                             "request_timeout_ms",
                             patience.c_str(),
                             "max_request_size",
                             request.c_str(),
                             "enable_keep_alive",
                             "no",
                             nullptr};
    mg_callbacks callbacks{};
    callbacks.log_message = [](const mg_connection* connection, const char* message) {
      log_debug("metrics: {}", message);
      // Why a port cannot be used is said here alone.
      auto* self = static_cast<CivetServer*>(mg_get_user_data(mg_get_context(connection)));
      if (self == nullptr) return 1;
      auto said = self->first_message_.lock();
      if (said->empty()) *said = message;
      return 1;
    };
    mg_init_data init{&callbacks, this, options};
    unsigned code = 0;
    char text[256] = {};
    mg_error_data failure{&code, text, sizeof text};
    server_.reset(mg_start2(&init, &failure));
    const std::string said = *first_message_.lock();
    if (!server_) return Error{Action::stop, said.empty() ? text : said};
    mg_set_request_handler(
        server_.get(), "/",
        [](mg_connection* connection, void* self) {
          return static_cast<const CivetServer*>(self)->handle(connection);
        },
        this);
    mg_server_port ports[1] = {};
    if (mg_get_server_ports(server_.get(), 1, ports) != 1) {
      return Error{Action::stop, "it has no port"};
    }
    port_ = static_cast<std::uint16_t>(ports[0].port);
    return {};
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  /// The status for civetweb's log.
  int handle(mg_connection* connection) const {
    const mg_request_info* request = mg_get_request_info(connection);
    const std::string text = answer(request->request_method, request->local_uri);
    // A client that has gone has gone.
    static_cast<void>(mg_write(connection, text.data(), text.size()));
    return 200;
  }

  [[nodiscard]] std::string answer(std::string_view method, std::string_view path) const {
    if (method != "GET") return plain("405 Method Not Allowed", "GET is wanted");
    if (path == "/metrics") {
      return response("200 OK", "text/plain; version=0.0.4; charset=utf-8", page());
    }
    if (path == "/healthz") return verdict(source_.unhealthy());
    if (path == "/readyz") return verdict(source_.unready());
    return plain("404 Not Found", "/metrics, /healthz and /readyz are here");
  }

  static std::string verdict(const std::optional<std::string>& why) {
    return why ? plain("503 Service Unavailable", *why) : plain("200 OK", "fine");
  }

  [[nodiscard]] std::string page() const {
    MetricsPage page;
    page.gauge("mgc_build_info", "Always 1; what runs here.", 1,
               {{"version", MGC_VERSION}, {"command", source_.command}});
    page.gauge("mgc_start_time_seconds", "When this process started, as Unix time.",
               std::chrono::duration<double>(started_at_.time_since_epoch()).count());
    page.gauge("mgc_ready", "1 while /readyz answers 200.", source_.unready() ? 0 : 1);
    source_.fill(page);
    return page.text();
  }

  const MetricsSource source_;
  const std::chrono::system_clock::time_point started_at_;
  const Library library_;
  Guarded<std::string> first_message_;
  std::uint16_t port_ = 0;
  std::unique_ptr<mg_context, Stop> server_;  // last: its threads use everything above
};

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen,
                                                            MetricsSource source) {
  const auto where = parse_host_port("--metrics", listen);
  if (!where) return where.error();
  const auto addresses = transport::resolve(where->host, where->port);
  if (!addresses) {
    return Error{Action::stop, fmt::format("--metrics {}: {}", listen, addresses.error().message)};
  }
  auto server = std::make_unique<CivetServer>(std::move(source));
  if (auto listening = server->listen(listen); !listening) {
    return Error{Action::stop,
                 fmt::format("--metrics {}: cannot be used ({}); stop the program that has the "
                             "port, or choose another one",
                             listen, printable(listening.error().message))};
  }
  if (!addresses->front().is_loopback()) {
    log_warning("metrics are open to everybody who reaches {}: they have no login and no TLS",
                listen);
  }
  return std::unique_ptr<MetricsServer>(std::move(server));
}

void add_metrics_flag(CLI::App& command, std::string& listen) {
  command.add_option(
      "--metrics", listen,
      "HOST:PORT of an HTTP endpoint with /metrics (Prometheus), /healthz and /readyz; "
      "port 0 = any free one, which is logged. It has no login: listen on 127.0.0.1. "
      "Empty = none");
}

Result<std::unique_ptr<MetricsServer>> start_metrics(const std::string& listen,
                                                     MetricsSource source) {
  if (listen.empty()) return std::unique_ptr<MetricsServer>();
  auto server = MetricsServer::start(listen, std::move(source));
  if (!server) return server.error();
  log_info("metrics on http://{}:{}/metrics", listen.substr(0, listen.rfind(':')),
           (*server)->port());
  return server;
}

}  // namespace mgc::app
