#pragma once

#include "core/bytes.hpp"
#include "schema/ledger.hpp"

struct evp_md_ctx_st;

namespace mgc::schema {

/// SHA-256 of bytes that come piece by piece, with the digest so far at any moment.
///
/// Threads: one owner. Errors: none; OpenSSL without SHA-256 aborts.
class RunningSha256 {
 public:
  RunningSha256();
  ~RunningSha256();
  RunningSha256(const RunningSha256&) = delete;
  RunningSha256& operator=(const RunningSha256&) = delete;

  void add(ByteView bytes);
  /// The digest of all that was added; more can be added afterwards.
  [[nodiscard]] Digest digest() const;

 private:
  evp_md_ctx_st* context_;
  evp_md_ctx_st* scratch_;
};

}  // namespace mgc::schema
