#pragma once

#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace mgc::test {

/// The bytes of each part of a mail, of which all are in base64.
inline std::vector<std::string> bodies_of(const Bytes& mail) {
  std::vector<std::string> bodies;
  static const std::string mark = "Content-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t at = mail.find(mark); at != std::string::npos; at = mail.find(mark, at)) {
    at += mark.size();
    std::string out;
    unsigned bits = 0, held = 0;
    static const std::string digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; mail[at] != '-' && mail[at] != '='; ++at) {
      const std::size_t digit = digits.find(mail[at]);
      if (digit == std::string::npos) continue;
      held = (held << 6U) | static_cast<unsigned>(digit);
      if ((bits += 6) < 8) continue;
      out.push_back(static_cast<char>(held >> (bits -= 8)));
    }
    bodies.push_back(out);
  }
  return bodies;
}

}  // namespace mgc::test
