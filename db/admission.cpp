#include "db/admission.hpp"

#include "core/planted_bug.hpp"

namespace mgc::db {

Judgement judge_pack(const AdmissionFacts& facts) {
  if (facts.fit == Fit::covered || facts.fit == Fit::overlaps) {
    if (planted_bug("ignore_key")) return {Admission::store, {}};
    if (facts.same_bytes) return {Admission::repeat, {}};
    if (facts.same_key) {
      return {Admission::contradict, "contradicts stored packs: the same key and other bytes"};
    }
    return {Admission::contradict,
            facts.fit == Fit::covered
                ? "contradicts stored packs: its sequences are stored in other packs"
                : "contradicts stored packs: a part of its sequences is stored already"};
  }
  if (planted_bug("merge_histories")) return {Admission::store, {}};
  if (!facts.follows) {
    return {Admission::contradict,
            "contradicts stored packs: it follows another history than theirs"};
  }
  if (!facts.precedes) {
    return {Admission::contradict,
            "contradicts stored packs: the one behind it follows another history"};
  }
  return {Admission::store, {}};
}

}  // namespace mgc::db
