#pragma once

#include <openssl/types.h>

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// A public key and the name of whose it is, as c2sp.org/signed-note writes them:
/// NAME+hex(id)+base64(0x01 || Ed25519 key). A plain value.
class VerifierKey {
 public:
  /// @param name  not empty, without white space and '+'. @param key  32 bytes.
  /// @errors reject  they are not.
  [[nodiscard]] static Result<VerifierKey> of(std::string name, ByteView key);
  /// @errors reject  `text` is no such key; with what is wrong.
  [[nodiscard]] static Result<VerifierKey> read(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The first 4 bytes of a signature by this key.
  [[nodiscard]] const Bytes& id() const { return id_; }
  [[nodiscard]] const Bytes& key() const { return key_; }
  [[nodiscard]] std::string text() const;
  /// Whether `signature`, without the key id, is this key's of `text`.
  [[nodiscard]] bool verify(ByteView text, ByteView signature) const;

 private:
  VerifierKey(std::string name, Bytes key);

  std::string name_;
  Bytes key_;
  Bytes id_;
};

/// The keys of a file, one in a line; at least one.
/// @errors stop  cannot be read, or a line is no key; with the file.
[[nodiscard]] Result<std::vector<VerifierKey>> read_verifier_keys(
    const std::filesystem::path& file);

/// A private Ed25519 key with the name of whose it is. Move-only.
class SigningKey {
 public:
  /// A new key, from the system's random numbers. @errors reject  as VerifierKey::of().
  [[nodiscard]] static Result<SigningKey> make(std::string name);
  /// Reads what write() wrote.
  /// @errors stop  cannot be read, others than its owner may read it, or FILE.pub is of another
  /// key.
  [[nodiscard]] static Result<SigningKey> read(const std::filesystem::path& file);

  /// Writes FILE, the private key (PKCS #8 in PEM, RFC 8410), for its owner only, and FILE.pub, its
  /// verifier key. @errors stop  one of them is there, or the disk.
  [[nodiscard]] Result<void> write(const std::filesystem::path& file) const;
  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  [[nodiscard]] Bytes sign(ByteView text) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const;
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  SigningKey(Key key, VerifierKey verifier)
      : key_(std::move(key)), verifier_(std::move(verifier)) {}
  [[nodiscard]] static Bytes public_part(const Key& key);

  Key key_;
  VerifierKey verifier_;
};

/// `text`, which ends with a line end, with a signature of `key` below it.
/// @source c2sp.org/signed-note.
[[nodiscard]] std::string sign_note(std::string_view text, const SigningKey& key);

inline constexpr std::size_t kNoteBytesMax = std::size_t{64} * 1024;

/// The text of a note that is signed by one of `keys`; a view of `note`.
/// @errors reject  no note; none of `keys` signed it; a signature of one of them does not verify.
[[nodiscard]] Result<std::string_view> open_note(std::string_view note,
                                                 std::span<const VerifierKey> keys);
/// As open_note(), but believes it: whether it is signed nobody has looked.
[[nodiscard]] Result<std::string_view> unverified_text(std::string_view note);

}  // namespace mgc::audit
