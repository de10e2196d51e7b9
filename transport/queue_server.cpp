#include "transport/queue_server.hpp"

#include <fmt/format.h>

#include <utility>

#include "transport/queue_loop.hpp"
#include "transport/thread.hpp"

namespace mgc::transport {
namespace {

class ThreadQueueServer final : public QueueServer {
 public:
  ThreadQueueServer(QueueServerOptions options, std::unique_ptr<spool::QueueStore> store,
                    const Clock& clock, Socket listener, std::optional<TlsContext> tls)
      : options_(std::move(options)),
        port_(local_port(listener)),
        store_(std::move(store)),
        loop_(options_, *store_, clock, std::move(listener), std::move(tls)),
        thread_(kConnectionStackBytes, [this] { loop_.run(); }) {}
  ~ThreadQueueServer() override { loop_.stop(); }

  std::uint16_t port() const override { return port_; }
  std::vector<AddressStatus> status() override { return loop_.status(); }
  QueueCounts counts() override { return loop_.counts(); }
  std::optional<Error> failure() override { return loop_.failure(); }

 private:
  const QueueServerOptions options_;
  const std::uint16_t port_;
  const std::unique_ptr<spool::QueueStore> store_;
  QueueLoop loop_;
  Thread thread_;  // last: it uses everything above
};

Error not_loopback(const std::string& host) {
  return Error{Action::stop,
               fmt::format("the queue does not listen on '{}' without TLS, because it could not "
                           "check who connects; listen on 127.0.0.1, or give --tls-cert, "
                           "--tls-key and --tls-client-ca",
                           host)};
}

Result<std::optional<TlsContext>> make_tls(const TlsFiles& files) {
  if (files.ca.empty() && files.certificate.empty() && files.key.empty())
    return std::optional<TlsContext>();
  auto context = TlsContext::server(files);
  if (!context) return context.error();
  return std::optional<TlsContext>(std::move(*context));
}

}  // namespace

Result<std::unique_ptr<QueueServer>> QueueServer::start(QueueServerOptions options,
                                                        const Clock& clock) {
  auto addresses = resolve(options.host, options.port);
  if (!addresses) {
    return Error{Action::stop, fmt::format("cannot listen on '{}': {}; listen on 127.0.0.1",
                                           options.host, addresses.error().message)};
  }
  auto tls = make_tls(options.tls);
  if (!tls) return tls.error();
  for (const SocketAddress& address : *addresses)
    if (!*tls && !address.is_loopback()) return not_loopback(options.host);
  auto listener = listen_on(addresses->front());
  if (!listener) {
    return Error{Action::stop,
                 fmt::format("port {} on {} cannot be used ({}); stop the program that has it, or "
                             "choose another one with --listen",
                             options.port, options.host, listener.error().message)};
  }
  auto store = spool::QueueStore::open(options.store, clock, options.disk_reserve_bytes);
  if (!store) return store.error();
  return std::unique_ptr<QueueServer>(std::make_unique<ThreadQueueServer>(
      std::move(options), std::move(*store), clock, std::move(*listener), std::move(*tls)));
}

}  // namespace mgc::transport
