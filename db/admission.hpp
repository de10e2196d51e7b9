#pragma once

#include <cstdint>
#include <string_view>

#include "db/node_position.hpp"

namespace mgc::db {

/// What is known of a pack beside its place among the stored sequences.
struct AdmissionFacts {
  Fit fit = Fit::extends;
  bool same_key = false;    ///< a stored pack begins with the same sequence
  bool same_bytes = false;  ///< and has the same SHA-256
  bool follows = true;      ///< it names no other pack before it than the stored one
  bool precedes = true;     ///< the stored pack behind it does not name another one than it
};

enum class Admission : std::uint8_t {
  store,       ///< new
  repeat,      ///< stored already, the same bytes: nothing is to be done
  contradict,  ///< of another history of the same node and epoch: kept as a dead letter
};

struct Judgement {
  Admission admission = Admission::store;
  std::string_view why;  ///< it contradicts
};

/// Decides about a pack, a pure function. Two histories of one node and epoch (a copied or restored
/// outbox) are never merged: the first that comes is stored, and what does not follow from it is
/// kept beside it.
[[nodiscard]] Judgement judge_pack(const AdmissionFacts& facts);

}  // namespace mgc::db
