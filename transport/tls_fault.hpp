#pragma once

#include <string>
#include <string_view>

namespace mgc::transport {

/// What an operator has to know of a failed TLS connection: what is wrong and the way out.
/// @param openssl_code   of ERR_peek_error(), 0 when there is none.
/// @param verify_result  of SSL_get_verify_result().
[[nodiscard]] std::string tls_fault(unsigned long openssl_code, long verify_result);

/// The same for the text of a connection's end that Proton gives: a port that speaks something
/// else, and a login that was refused. Other texts stay as they are.
[[nodiscard]] std::string connection_fault(std::string_view proton_text);

}  // namespace mgc::transport
