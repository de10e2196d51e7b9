#include "audit/formats/mail.hpp"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

#include "audit/formats/fields.hpp"
#include "core/assert.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;

/// Once for the process, as GMime wants it.
void start_gmime() {
  static const bool started = (g_mime_init(), true);
  MGC_ASSERT(started);
}

GMimeObject* object_of(auto* part) { return reinterpret_cast<GMimeObject*>(part); }

bool is_letter_or_digit(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

/// Words of letters, digits and `marks` with single dots between them.
bool is_dotted(std::string_view text, std::string_view marks, std::size_t limit) {
  if (text.empty() || text.size() > limit || text.front() == '.' || text.back() == '.')
    return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [&](char letter) {
    return is_letter_or_digit(letter) || letter == '.' || marks.find(letter) != marks.npos;
  });
}

std::string hash_of(std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all.append(text).push_back('\0');
  return schema::to_hex(schema::bytes_of(schema::Hasher().sha256(all))).substr(0, 32);
}

bool is_in_one_line(char32_t point) {
  return is_plain(point) && point != '\t' && point != '\n' && point != '\r';
}

std::string header_text(std::string_view text) {
  return ExactText(is_in_one_line).shown("header", text);
}

std::string hash_of(const Mail& mail) {
  std::string bodies, headers;
  for (const MailPart& part : mail.parts) bodies += hash_of({part.type, part.body, part.file_name});
  for (const auto& [name, value] : mail.headers) headers += hash_of({name, value});
  for (const Mailbox& person : mail.to) headers += hash_of({person.name, person.address});
  return hash_of(
      {bodies, headers, mail.from.name, mail.from.address, mail.subject, format_utc(mail.date)});
}

std::string with_crlf(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char letter : text) {
    if (letter == '\n') out += '\r';
    out += letter;
  }
  return out;
}

Ref<GMimePart> part_of(const MailPart& part) {
  const std::size_t slash = part.type.find('/');
  const bool is_text = part.type.starts_with("text/");
  Ref<GMimePart> out(
      g_mime_part_new_with_type(part.type.substr(0, slash).c_str(), part.type.c_str() + slash + 1));
  if (is_text) g_mime_object_set_content_type_parameter(object_of(out.get()), "charset", "utf-8");
  if (!part.file_name.empty()) {
    g_mime_object_set_disposition(object_of(out.get()), GMIME_DISPOSITION_ATTACHMENT);
    g_mime_part_set_filename(out.get(), part.file_name.c_str());
  }
  const Bytes body = is_text ? with_crlf(part.body) : part.body;
  const Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(body.data(), body.size()));
  const Ref<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(out.get(), content.get());
  g_mime_part_set_content_encoding(out.get(), GMIME_CONTENT_ENCODING_BASE64);
  return out;
}

void add_people(GMimeMessage* message, const Mail& mail) {
  const auto add = [&](GMimeAddressType type, const Mailbox& one) {
    g_mime_message_add_mailbox(message, type, header_text(one.name).c_str(), one.address.c_str());
  };
  add(GMIME_ADDRESS_TYPE_FROM, mail.from);
  for (const Mailbox& one : mail.to) add(GMIME_ADDRESS_TYPE_TO, one);
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254) return false;  // RFC 5321, 4.5.3.1
  return is_dotted(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~", 64) &&
         is_dotted(text.substr(at + 1), "-", 253);
}

Mailbox mailbox_of(const Occupant& person) {
  std::string_view uri = person.uri;
  if (uri.starts_with("sip:")) uri.remove_prefix(4);
  if (is_address(person.email)) return {person.name, person.email};
  if (is_address(uri)) return {person.name, std::string(uri)};
  return {person.name.empty() ? person.uri : person.name,
          short_hash(person.uri) + "@people.invalid"};
}

std::string message_id(const Mail& mail) { return "<" + hash_of(mail) + "@export.invalid>"; }

Bytes write_mail(const Mail& mail) {
  start_gmime();
  const std::string hash = hash_of(mail);
  const Ref<GMimeMessage> message(g_mime_message_new(FALSE));
  add_people(message.get(), mail);
  g_mime_message_set_subject(message.get(), header_text(mail.subject).c_str(), "utf-8");
  const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> date(
      g_date_time_new_from_unix_utc(
          std::chrono::floor<std::chrono::seconds>(mail.date).time_since_epoch().count()),
      g_date_time_unref);
  MGC_ASSERT(date != nullptr);  // it knows the years 1 to 9999, as UtcTime
  g_mime_message_set_date(message.get(), date.get());
  g_mime_message_set_message_id(message.get(), (hash + "@export.invalid").c_str());
  for (const auto& [name, value] : mail.headers) {
    g_mime_object_append_header(object_of(message.get()), name.c_str(), header_text(value).c_str(),
                                "utf-8");
  }
  const Ref<GMimeMultipart> parts(g_mime_multipart_new_with_subtype(mail.arrangement.c_str()));
  g_mime_multipart_set_boundary(parts.get(), ("=_" + hash).c_str());  // no base64 has a '_'
  for (const MailPart& part : mail.parts) {
    g_mime_multipart_add(parts.get(), object_of(part_of(part).get()));
  }
  g_mime_message_set_mime_part(message.get(), object_of(parts.get()));

  const std::unique_ptr<GMimeFormatOptions, decltype(&g_mime_format_options_free)> format(
      g_mime_format_options_new(), g_mime_format_options_free);
  g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
  const std::unique_ptr<char, decltype(&g_free)> text(
      g_mime_object_to_string(object_of(message.get()), format.get()), g_free);
  return text.get();
}

}  // namespace mgc::audit
