#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace mgc::transport {

/// PEM files of one side of a TLS connection. Empty = not given.
struct TlsFiles {
  std::filesystem::path ca;           ///< the only CAs that are trusted; empty: the system's
  std::filesystem::path certificate;  ///< our own, with its chain
  std::filesystem::path key;          ///< of it
};

/// What the TLS connections of one side share. TLS 1.2 at least; the peer's chain is always
/// verified, a server's name too, and a server demands a certificate of its clients.
///
/// Why not Proton's own TLS: 0.37 adds a private CA to the system's instead of replacing them
/// (CVE-2026-105031), has no minimum of the protocol, does not look at IP addresses in
/// certificates, and does not say what is wrong with one. docs/adr/0006-tls.md.
///
/// Threads: any; immutable.
class TlsContext {
 public:
  /// @errors stop  a file cannot be read, or the key is not the certificate's.
  [[nodiscard]] static Result<TlsContext> client(const TlsFiles& files);
  /// All three files are needed. @errors as client().
  [[nodiscard]] static Result<TlsContext> server(const TlsFiles& files);

 private:
  friend class TlsSession;
  TlsContext(std::shared_ptr<ssl_ctx_st> context, bool is_server)
      : context_(std::move(context)), is_server_(is_server) {}
  [[nodiscard]] static Result<TlsContext> make(const TlsFiles& files, bool is_server);

  std::shared_ptr<ssl_ctx_st> context_;
  bool is_server_;
};

/// One TLS connection without its socket: what came from the peer goes in by receive(), what is to
/// be sent to it comes out of outgoing().
///
/// Threads: one owner. Errors: none is thrown; fault() says why it is over.
class TlsSession {
 public:
  /// @param host  the name or address that a server's certificate has to be for; unused by servers.
  TlsSession(const TlsContext& context, const std::string& host);

  void receive(ByteView from_peer);
  /// Moves decrypted bytes into `out`; 0 when there are none.
  [[nodiscard]] std::size_t read(std::span<char> out);
  /// Takes bytes to encrypt; may take fewer than all, 0 before the handshake is over.
  [[nodiscard]] std::size_t write(ByteView bytes);
  [[nodiscard]] ByteView outgoing();
  void sent(std::size_t bytes);

  /// The handshake is over, and the peer is who it has to be.
  [[nodiscard]] bool established() const { return established_; }
  /// The peer said that it sends no more.
  [[nodiscard]] bool closed() const { return closed_; }
  /// What went wrong, with the way out; empty while nothing did.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// The common name of the peer's certificate; empty when it showed none.
  [[nodiscard]] std::string peer_name() const;

 private:
  void shake_hands();
  /// Keeps what `result` of an SSL call means; true when it only means "later".
  void look_at(int result);

  std::shared_ptr<ssl_st> ssl_;
  std::string outgoing_;
  std::size_t sent_ = 0;
  std::string fault_;
  bool established_ = false;
  bool closed_ = false;
};

}  // namespace mgc::transport
