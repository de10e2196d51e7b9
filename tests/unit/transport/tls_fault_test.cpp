#include "transport/tls_fault.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace mgc::transport {
namespace {

struct TlsCase {
  int reason;  ///< of OpenSSL's library SSL; 0 = none
  long verify_result;
  const char* said;
};

TEST(TlsFault, EachIsToldApart) {
  ASSERT_EQ(OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr), 1);
  const TlsCase cases[] = {
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_HOSTNAME_MISMATCH, "for another name"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_IP_ADDRESS_MISMATCH, "for another name"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_CERT_HAS_EXPIRED, "has expired"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_CERT_NOT_YET_VALID, "not valid yet"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
       "not signed by a CA that we trust"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
       "not signed by a CA that we trust"},
      {SSL_R_CERTIFICATE_VERIFY_FAILED, X509_V_ERR_CERT_REVOKED, "certificate revoked"},
      {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, X509_V_OK, "wants a certificate of ours"},
      {SSL_R_TLSV1_ALERT_UNKNOWN_CA, X509_V_OK, "refuses our certificate"},
      {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, X509_V_OK, "no TLS 1.2"},
      {SSL_R_WRONG_VERSION_NUMBER, X509_V_OK, "does not speak TLS"},
      {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, X509_V_OK, "shows no certificate"},
      {SSL_R_BAD_LENGTH, X509_V_OK, "bad length"},
      {0, X509_V_OK, "without a word"},
  };
  for (const TlsCase& one : cases) {
    const unsigned long code = one.reason == 0 ? 0 : ERR_PACK(ERR_LIB_SSL, 0, one.reason);
    const std::string text = tls_fault(code, one.verify_result);
    EXPECT_NE(text.find(one.said), std::string::npos) << text;
  }
}

TEST(TlsFault, WhatProtonSaysOfAConnectionIsTranslated) {
  const std::pair<const char*, const char*> cases[] = {
      {"amqp:connection:framing-error: Expected SASL protocol header: no protocol header found",
       "does not speak AMQP 1.0 here"},
      {"amqp:connection:framing-error: Expected SASL protocol header got: AMQP 1.0 layer",
       "offers no SASL"},
      {"amqp:connection:framing-error: AMQP header mismatch: 'HTTP'", "does not speak AMQP 1.0"},
      {"amqp:unauthorized-access: Authentication failed [mech=none]", "no login of the kind"},
      {"amqp:unauthorized-access: Authentication failed [mech=PLAIN]", "refuses our login"},
      {"amqp:connection:forced: maintenance", "maintenance"},
  };
  for (const auto& [said, wanted] : cases) {
    EXPECT_NE(connection_fault(said).find(wanted), std::string::npos) << connection_fault(said);
  }
  EXPECT_EQ(connection_fault("mgc:tls: the reason"), "the reason");
}

}  // namespace
}  // namespace mgc::transport
