#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "audit/base64.hpp"
#include "audit/export_file.hpp"
#include "audit/signed_note.hpp"
#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

namespace fs = std::filesystem;

constexpr char kEd25519 = 1;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kIdBytes = 4;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeHash {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Hash = std::unique_ptr<EVP_MD_CTX, FreeHash>;

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Letters that a name of c2sp.org/signed-note may not have.
bool is_name(std::string_view name) {
  const auto is_bad = [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte <= ' ' || byte == 0x7F || letter == '+';
  };
  // Unicode's spaces are told apart from letters by nobody who compares two names: only ASCII.
  const bool is_ascii = std::ranges::all_of(
      name, [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
  return !name.empty() && name.size() <= 255 && is_ascii && std::ranges::none_of(name, is_bad);
}

fs::path public_path(const fs::path& file) {
  fs::path path = file;
  path += ".pub";
  return path;
}

Error about(const fs::path& file, std::string_view what) {
  return Error{Action::stop, fmt::format("the key {} {}", printable(file.string()), what)};
}

/// A file that was not there before.
Result<void> write_new(const fs::path& file, std::string_view text, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    return about(file, errno == EEXIST
                           ? "is there already; a key is never overwritten"
                           : "cannot be written: " + std::generic_category().message(errno));
  }
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  const bool kept = std::cmp_equal(written, text.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (kept) return {};
  ::unlink(file.c_str());
  return about(file, "cannot be written: the disk");
}

/// A key that wants a password is refused, not asked for.
int no_password(char* /*into*/, int /*size*/, int /*writes*/, void* /*unused*/) { return -1; }

}  // namespace

VerifierKey::VerifierKey(std::string name, Bytes key)
    : name_(std::move(name)), key_(std::move(key)) {
  const schema::Digest digest = schema::Hasher().sha256(name_ + '\n' + kEd25519 + key_);
  id_ = schema::bytes_of(digest).substr(0, kIdBytes);
}

Result<VerifierKey> VerifierKey::of(std::string name, ByteView key) {
  if (!is_name(name)) {
    return Error{Action::reject,
                 fmt::format("'{}' is no name of a key: 1 to 255 letters of ASCII without spaces "
                             "and '+' are wanted, such as example.org/mgc",
                             printable(std::string_view(name).substr(0, 255)))};
  }
  if (key.size() != kKeyBytes) return Error{Action::reject, "no Ed25519 key has that length"};
  return VerifierKey(std::move(name), Bytes(key));
}

Result<VerifierKey> VerifierKey::read(std::string_view text) {
  const Error fault{Action::reject, "no verifier key: NAME+ID+KEY is wanted, as in FILE.pub"};
  const std::size_t first = text.find('+');
  const std::size_t second = text.find('+', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return fault;
  const auto key = from_base64(text.substr(second + 1));
  if (!key || key->size() != 1 + kKeyBytes || key->front() != kEd25519) return fault;
  auto made = of(std::string(text.substr(0, first)), ByteView(*key).substr(1));
  if (made && made->text() != text) return fault;
  return made;
}

std::string VerifierKey::text() const {
  return fmt::format("{}+{}+{}", name_, schema::to_hex(id_), to_base64(kEd25519 + key_));
}

bool VerifierKey::verify(ByteView text, ByteView signature) const {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key_), key_.size()));
  const Hash hash(EVP_MD_CTX_new());
  MGC_ASSERT(key != nullptr && hash != nullptr);
  MGC_ASSERT(EVP_DigestVerifyInit(hash.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(hash.get(), raw(signature), signature.size(), raw(text), text.size()) ==
         1;
}

Result<std::vector<VerifierKey>> read_verifier_keys(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  std::vector<VerifierKey> keys;
  std::string_view rest = *text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) continue;
    auto key = VerifierKey::read(line);
    if (!key) return about(file, fmt::format("line {}: {}", number, key.error().message));
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return about(file, "holds no verifier key");
  return keys;
}

void SigningKey::Free::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

Bytes SigningKey::public_part(const Key& key) {
  Bytes bytes(kKeyBytes, '\0');
  std::size_t size = bytes.size();
  MGC_ASSERT(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                         &size) == 1);
  return bytes;
}

Result<SigningKey> SigningKey::make(std::string name) {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  MGC_ASSERT(key != nullptr);
  auto verifier = VerifierKey::of(std::move(name), public_part(key));
  if (!verifier) return verifier.error();
  return SigningKey(std::move(key), std::move(*verifier));
}

Result<SigningKey> SigningKey::read(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::is_regular_file(status)) return about(file, "is no file; mgc audit key new makes one");
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  if ((status.permissions() & kOthers) != fs::perms::none) {
    return about(file, "can be read by others; run chmod 600 on it");
  }
  const auto text = read_file(file);
  if (!text) return text.error();
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), BIO_free);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return about(file, "is no Ed25519 key in PEM without a password");
  }
  auto keys = read_verifier_keys(public_path(file));
  if (!keys) return keys.error();
  if (keys->size() != 1 || keys->front().key() != public_part(key)) {
    return about(public_path(file), "is not the public part of the one beside it");
  }
  return SigningKey(std::move(key), std::move(keys->front()));
}

Result<void> SigningKey::write(const fs::path& file) const {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
  MGC_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                           nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  // The public part first: it is what a second call finds, before anything is lost.
  if (auto made = write_new(public_path(file), verifier_.text() + '\n', 0644); !made) return made;
  auto made = write_new(file, {text, static_cast<std::size_t>(size)}, 0600);
  if (!made) ::unlink(public_path(file).c_str());
  return made;
}

Bytes SigningKey::sign(ByteView text) const {
  const Hash hash(EVP_MD_CTX_new());
  Bytes signature(64, '\0');
  std::size_t size = signature.size();
  MGC_ASSERT(hash != nullptr &&
             EVP_DigestSignInit(hash.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  MGC_ASSERT(EVP_DigestSign(hash.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                            raw(text), text.size()) == 1);
  return signature;
}

}  // namespace mgc::audit
