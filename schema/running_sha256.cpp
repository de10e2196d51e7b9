#include "schema/running_sha256.hpp"

#include <openssl/evp.h>

#include "core/assert.hpp"

namespace mgc::schema {

RunningSha256::RunningSha256() : context_(EVP_MD_CTX_new()), scratch_(EVP_MD_CTX_new()) {
  MGC_ASSERT(context_ != nullptr && scratch_ != nullptr);
  MGC_ASSERT(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
}

RunningSha256::~RunningSha256() {
  EVP_MD_CTX_free(context_);
  EVP_MD_CTX_free(scratch_);
}

void RunningSha256::add(ByteView bytes) {
  MGC_ASSERT(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

Digest RunningSha256::digest() const {
  Digest digest;
  MGC_ASSERT(EVP_MD_CTX_copy_ex(scratch_, context_) == 1);
  MGC_ASSERT(EVP_DigestFinal_ex(scratch_, digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace mgc::schema
