#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/slice.hpp"

namespace mgc::audit {

/// Somebody as a header of a mail names him.
struct Mailbox {
  std::string name;     ///< any text
  std::string address;  ///< of mailbox_of(), or a constant
};

/// True for an address of plain letters, digits and the marks of RFC 5322 that need no quotes, not
/// longer than RFC 5321 allows.
[[nodiscard]] bool is_address(std::string_view text);

/// The mailbox of `person`: his e-mail address if is_address(); else his uri without "sip:", if
/// that is one; else HASH@people.invalid, HASH being short_hash(uri) (RFC 2606: never a real host).
[[nodiscard]] Mailbox mailbox_of(const Occupant& person);

struct MailPart {
  std::string type;       ///< "text/plain", with charset utf-8; "application/zip", ...
  Bytes body;             ///< lines of text end with a line feed, which becomes CR LF
  std::string file_name;  ///< of an attachment; empty: a text that is shown
};

struct Mail {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;  ///< any text
  UtcTime date{};
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; values are any text
  std::string arrangement = "mixed";                         ///< of the parts: or "alternative"
  std::vector<MailPart> parts;
};

/// The message as RFC 5322 and MIME want it, by GMime: header values with U+FFFD for control
/// characters, encoded by RFC 2047 and folded, all bodies in base64, lines ended by CR LF.
/// Message-ID and boundary are hashes of what is in it.
///
/// Threads: any. Errors: none.
[[nodiscard]] Bytes write_mail(const Mail& mail);

/// The Message-ID that write_mail() gives, with its brackets.
[[nodiscard]] std::string message_id(const Mail& mail);

/// What `bytes` of a body take in a message, at most.
[[nodiscard]] constexpr std::size_t mail_size(std::size_t bytes) {
  return (bytes / 3 + 1) * 4 * 74 / 72 + 2;  // base64 in lines of 72, and CR LF
}

}  // namespace mgc::audit
