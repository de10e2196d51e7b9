#include "audit/formats/mail.hpp"

#include <gtest/gtest.h>

namespace mgc::audit {
namespace {

using std::literals::operator""s;

Mail sample_mail() {
  Mail mail;
  mail.from = {"Anna", "anna@example.org"};
  mail.to = {{"Bert", "bert@example.org"}, {"", "carl@example.org"}};
  mail.subject = "a room";
  mail.date = utc_from_micros(1'141'525'320'999'999);
  mail.headers = {{"X-One", "1"}};
  mail.parts = {{"text/plain", "hello\n", ""}, {"application/zip", "\r\n.\r\n", "rsmf.zip"}};
  return mail;
}

std::string headers_of(const Bytes& mail) { return mail.substr(0, mail.find("\r\n\r\n") + 2); }

std::size_t longest_line(const Bytes& mail) {
  std::size_t longest = 0;
  for (std::size_t from = 0; from < mail.size();) {
    const std::size_t end = mail.find("\r\n", from);
    longest = std::max(longest, end - from);
    from = end + 2;
  }
  return longest;
}

TEST(Mail, HasTheHeadersOfRfc5322AndBodiesInBase64) {
  const Bytes mail = write_mail(sample_mail());
  for (const char* part :
       {"From: Anna <anna@example.org>\r\n", "To: Bert <bert@example.org>, carl@example.org\r\n",
        "Subject: a room\r\n", "Date: Sun, 05 Mar 2006 02:22:00 +0000\r\n", "MIME-Version: 1.0\r\n",
        "X-One: 1\r\n", "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8NCg==\r\n",
        "Content-Disposition: attachment; filename=rsmf.zip\r\n",
        "Content-Transfer-Encoding: base64\r\n\r\nDQouDQo=\r\n"}) {
    EXPECT_NE(mail.find(part), std::string::npos) << part << "\nin\n" << mail;
  }
  EXPECT_NE(mail.find("Message-Id: " + message_id(sample_mail()) + "\r\n"), std::string::npos);
}

TEST(Mail, EndsEveryLineWithCarriageReturnAndLineFeed) {
  const Bytes mail = write_mail(sample_mail());
  for (std::size_t at = 0; at < mail.size(); ++at) {
    if (mail[at] == '\n') {
      EXPECT_EQ(mail[at - 1], '\r') << at;
    }
    if (mail[at] == '\r') {
      EXPECT_EQ(mail[at + 1], '\n') << at;
    }
  }
  EXPECT_TRUE(mail.ends_with("--\r\n"));
}

TEST(Mail, LetsNoHeaderIntoAHeader) {
  Mail mail = sample_mail();
  const std::string hostile = "x\r\nBcc: mallory@example.org\r\n\r\nbody\xED\xA0\x80\0\x1B omega"s;
  mail.subject = mail.from.name = mail.headers[0].second = mail.to[0].name = hostile;
  const std::string headers = headers_of(write_mail(mail));
  EXPECT_EQ(headers.find("\nBcc"), std::string::npos) << headers;
  for (const char letter : headers) {
    EXPECT_TRUE((letter >= ' ' && letter <= '~') || letter == '\r' || letter == '\n' ||
                letter == '\t')
        << headers;
  }
  // What is behind a NUL is there as well; plain words are not encoded.
  std::size_t ends = 0;
  for (std::size_t at = headers.find("omega"); at != std::string::npos;
       at = headers.find("omega", at + 1)) {
    ++ends;
  }
  EXPECT_EQ(ends, 4U) << headers;
  EXPECT_NE(headers.find("\r\nContent-Type: multipart/mixed"), std::string::npos) << headers;
}

TEST(Mail, FoldsAndEncodesWhatIsLong) {
  Mail mail = sample_mail();
  for (const std::string& text :
       {std::string(10'000, 'n'), std::string(9'999, '"') + "\xE2\x82\xAC",
        "=?utf-8?q?x?= " + std::string(500, ' ') + "\xF0\x9F\x98\x80"}) {
    mail.subject = mail.from.name = mail.headers[0].second = mail.to[0].name = text;
    EXPECT_LE(longest_line(write_mail(mail)), 998U) << text.substr(0, 20);
  }
}

TEST(Mail, IsTheSameForTheSameContentAndAnotherForAnother) {
  EXPECT_EQ(write_mail(sample_mail()), write_mail(sample_mail()));
  Mail other = sample_mail();
  other.parts[0].body = "hallo\n";
  EXPECT_NE(message_id(other), message_id(sample_mail()));
  other = sample_mail();
  other.to[1].address = "dora@example.org";
  EXPECT_NE(message_id(other), message_id(sample_mail()));
}

TEST(Mail, TakesNoMoreThanItSays) {
  Mail mail = sample_mail();
  for (const std::size_t size : {0U, 1U, 53U, 54U, 55U, 1'000U, 100'000U}) {
    mail.parts.resize(1);
    mail.parts[0] = {"application/zip", "", "a"};
    const std::size_t before = write_mail(mail).size();
    mail.parts[0].body = Bytes(size, '\xFF');
    EXPECT_LE(write_mail(mail).size(), before + mail_size(size)) << size;
  }
}

TEST(MailboxOf, TakesTheAddressThenTheUriThenAHash) {
  EXPECT_EQ(mailbox_of({"sip:a@example.org", "Anna", "anna@example.org", {}}).address,
            "anna@example.org");
  EXPECT_EQ(mailbox_of({"sip:a@example.org", "Anna", "", {}}).address, "a@example.org");
  EXPECT_EQ(mailbox_of({"sip:a@example.org", "Anna", "no address", {}}).address, "a@example.org");
  // `printf anna | sha256sum` begins with 55579b557896d0ce.
  EXPECT_EQ(mailbox_of({"anna", "Anna", "", {}}).address, "55579b557896d0ce@people.invalid");
  EXPECT_EQ(mailbox_of({"anna", "", "", {}}).name, "anna");
}

TEST(MailboxOf, TakesNoAddressThatWouldBreakAHeader) {
  for (const char* hostile :
       {"a@example.org\r\nBcc: b@example.org", "a b@example.org", "<a@example.org>",
        "a@example.org, b@example.org", "\"a\"@example.org", "a@b@example.org", "a..b@example.org",
        ".a@example.org", "a@", "@example.org", "a@exa mple.org", "a@[127.0.0.1]",
        "\xC3\xA4@example.org", "a@example.org."}) {
    EXPECT_EQ(mailbox_of({"x", "", hostile, {}}).address.find("@people.invalid"), 16U) << hostile;
  }
  EXPECT_EQ(mailbox_of({"x", "", std::string(300, 'a') + "@b.org", {}}).address.size(),
            16 + std::string("@people.invalid").size());
}

}  // namespace
}  // namespace mgc::audit
