#include "transport/tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <limits>

#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "transport/tls_fault.hpp"

namespace mgc::transport {
namespace {

std::string openssl_text() {
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

Error bad_file(std::string_view what, const std::filesystem::path& file) {
  return Error{Action::stop, fmt::format("the {} {} cannot be used: {}", what,
                                         printable(file.string()), openssl_text())};
}

Result<void> trust(SSL_CTX* context, const TlsFiles& files) {
  // A private CA replaces the system's: whoever buys a certificate of a public CA is no peer.
  const bool loaded = files.ca.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                       : SSL_CTX_load_verify_file(context, files.ca.c_str()) == 1;
  if (!loaded) return bad_file("CA file", files.ca);
  return {};
}

Result<void> present(SSL_CTX* context, const TlsFiles& files) {
  if (files.certificate.empty() && files.key.empty()) return {};
  if (files.certificate.empty() || files.key.empty()) {
    return Error{Action::stop, "a certificate and its key are only of use together; name both"};
  }
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return bad_file("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return bad_file("key", files.key);
  return {};
}

}  // namespace

Result<TlsContext> TlsContext::make(const TlsFiles& files, bool is_server) {
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(
      SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), &SSL_CTX_free);
  if (!context) return Error{Action::stop, "OpenSSL cannot be used: " + openssl_text()};
  MGC_ASSERT(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // No session is resumed: the certificate is looked at each time, and a client that asks for it
  // begins anew instead of being refused.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  MGC_ASSERT(SSL_CTX_set_num_tickets(context.get(), 0) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (const auto trusted = trust(context.get(), files); !trusted) return trusted.error();
  if (const auto presented = present(context.get(), files); !presented) return presented.error();
  return TlsContext(context, is_server);
}

Result<TlsContext> TlsContext::client(const TlsFiles& files) { return make(files, false); }

Result<TlsContext> TlsContext::server(const TlsFiles& files) {
  if (files.ca.empty() || files.certificate.empty() || files.key.empty()) {
    return Error{Action::stop,
                 "a server needs a certificate, its key and the CA of its clients; name all three"};
  }
  return make(files, true);
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host)
    : ssl_(SSL_new(context.context_.get()), &SSL_free) {
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  MGC_ASSERT(ssl_ && in != nullptr && out != nullptr);
  SSL_set_bio(ssl_.get(), in, out);  // which now owns both
  if (context.is_server_) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  unsigned char address[sizeof(in6_addr)];
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), address) == 1 ||
                          ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(
      wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str())
                             : SSL_set1_host(ssl_.get(), host.c_str());
  MGC_ASSERT(set == 1);
  if (!is_address) {
    // What SSL_set_tlsext_host_name() does; the macro casts as C does.
    std::string name = host;
    MGC_ASSERT(SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        name.data()) == 1);
  }
  shake_hands();
}

void TlsSession::shake_hands() {
  if (established_ || !fault_.empty()) return;
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  established_ = done == 1;
  if (done != 1) look_at(done);
}

void TlsSession::look_at(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  if (error == SSL_ERROR_ZERO_RETURN) {
    closed_ = true;
    return;
  }
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  fault_ = tls_fault(code, SSL_get_verify_result(ssl_.get()));
}

void TlsSession::receive(ByteView from_peer) {
  MGC_ASSERT(from_peer.size() <= std::numeric_limits<int>::max());
  const auto size = static_cast<int>(from_peer.size());
  MGC_ASSERT(BIO_write(SSL_get_rbio(ssl_.get()), from_peer.data(), size) == size);
  shake_hands();
}

std::size_t TlsSession::read(std::span<char> out) {
  if (!established_ || !fault_.empty() || out.empty()) return 0;
  ERR_clear_error();
  std::size_t bytes = 0;
  const int done = SSL_read_ex(ssl_.get(), out.data(), out.size(), &bytes);
  if (done != 1) look_at(done);
  return bytes;
}

std::size_t TlsSession::write(ByteView bytes) {
  if (!established_ || !fault_.empty() || bytes.empty()) return 0;
  ERR_clear_error();
  std::size_t taken = 0;
  const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &taken);
  if (done != 1) look_at(done);
  return taken;
}

ByteView TlsSession::outgoing() {
  if (sent_ == outgoing_.size()) {
    BIO* out = SSL_get_wbio(ssl_.get());
    outgoing_.resize(BIO_ctrl_pending(out));
    sent_ = 0;
    if (!outgoing_.empty()) {
      const auto size = static_cast<int>(outgoing_.size());
      MGC_ASSERT(BIO_read(out, outgoing_.data(), size) == size);
    }
  }
  return ByteView(outgoing_).substr(sent_);
}

void TlsSession::sent(std::size_t bytes) {
  MGC_ASSERT(bytes <= outgoing_.size() - sent_);
  sent_ += bytes;
}

std::string TlsSession::peer_name() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return {};
  char name[256] = {};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                             name, sizeof name);
  return size < 0 ? std::string() : printable(std::string(name));
}

}  // namespace mgc::transport
