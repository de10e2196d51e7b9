#include "transport/tls_fault.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace mgc::transport {
namespace {

std::string certificate_fault(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the peer's certificate is for another name; connect to the name that it is for, or "
             "give the peer a certificate with this name in its subjectAltName";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the peer's certificate has expired; renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the peer's certificate is not valid yet; compare the clocks";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "the peer's certificate is not signed by a CA that we trust; name the CA that signed "
             "it as the CA file";
    default:
      return fmt::format("the peer's certificate is refused: {}",
                         X509_verify_cert_error_string(verify_result));
  }
}

/// Alerts are what the peer found wrong, with us.
std::string alert_fault(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "the peer wants a certificate of ours and got none that it takes; name a client "
             "certificate and its key";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
      return "the peer refuses our certificate; ask for one that is signed by the CA that it "
             "trusts, and look whether it has expired";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "the peer speaks no TLS 1.2 or newer; older ones are not used";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "the peer does not speak TLS; is it the port for amqp:// instead of amqps://?";
    default: return {};
  }
}

}  // namespace

std::string tls_fault(unsigned long openssl_code, long verify_result) {
  if (verify_result != X509_V_OK) return certificate_fault(verify_result);
  if (openssl_code == 0) return "the peer ended the TLS connection without a word";
  if (ERR_GET_LIB(openssl_code) == ERR_LIB_SSL) {
    const int reason = ERR_GET_REASON(openssl_code);
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return "the peer shows no certificate";
    if (std::string known = alert_fault(reason); !known.empty()) return known;
  }
  const char* reason = ERR_reason_error_string(openssl_code);
  return fmt::format("TLS failed: {}", reason == nullptr ? "no reason given" : reason);
}

std::string connection_fault(std::string_view proton_text) {
  const auto says = [&](std::string_view part) {
    return proton_text.find(part) != std::string_view::npos;
  };
  for (const std::string_view ours : {"mgc:tls: ", "mgc:frame: "}) {  // in words of ours already
    if (proton_text.starts_with(ours)) return std::string(proton_text.substr(ours.size()));
  }
  if (says("Expected SASL protocol header got: AMQP")) {
    return fmt::format(
        "the peer offers no SASL, so it would take anybody without a login; switch SASL on in the "
        "broker ({})",
        proton_text);
  }
  if (says("header mismatch") || says("protocol header")) {
    return fmt::format(
        "the peer does not speak AMQP 1.0 here; is it another service's port, or one for amqps://? "
        "({})",
        proton_text);
  }
  if (says("mech=none")) {
    return fmt::format(
        "the broker takes no login of the kind that we have; give a user with a password file "
        "(amqps:// only) or a client certificate ({})",
        proton_text);
  }
  if (says("Authentication failed") || says("Unable to validate user")) {
    return fmt::format(
        "the broker refuses our login; check the user, the password file or the "
        "certificate ({})",
        proton_text);
  }
  return std::string(proton_text);
}

}  // namespace mgc::transport
