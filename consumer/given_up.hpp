#pragma once

#include <atomic>
#include <set>

#include "core/guarded.hpp"
#include "schema/ledger.hpp"

namespace mgc::consumer {

/// Messages that have ended the service too often, by the SHA-256 of their bodies. Usually none,
/// and then nothing is hashed for it.
///
/// Threads: any.
class GivenUp {
 public:
  void add(const schema::Digest& sha256) {
    digests_.lock()->insert(sha256);
    any_ = true;
  }
  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] bool contains(const schema::Digest& sha256) {
    return digests_.lock()->contains(sha256);
  }

 private:
  std::atomic<bool> any_ = false;
  Guarded<std::set<schema::Digest>> digests_;
};

}  // namespace mgc::consumer
