#include "audit/checkpoint_trail.hpp"

#include <fmt/format.h>

#include <utility>

namespace mgc::audit {

void CheckpointTrail::add(const Checkpoint& checkpoint, std::string what) {
  report_.add(fmt::format("checkpoint {}{}", checkpoint.number, place_), std::move(what));
}

void CheckpointTrail::reach(const LedgerEdge& edge) {
  while (true) {
    if (!pending_) pending_ = next_();
    if (!pending_ || pending_->events.size > edge.events.size()) return;
    judge(*pending_, edge);
    judge_letters(*pending_);
    last_number_ = pending_->number;
    pending_.reset();
  }
}

void CheckpointTrail::judge(const Checkpoint& checkpoint, const LedgerEdge& edge) {
  if (events_differ_) return;
  const schema::TreeHead head{edge.events.size(), edge.events.root()};
  if (checkpoint.events == head && checkpoint.block == edge.block &&
      checkpoint.block_digest == edge.block_digest) {
    last_good_ = checkpoint;
    return;
  }
  events_differ_ = true;
  const std::uint64_t held = last_good_ ? last_good_->events.size : 0;
  if (checkpoint.events == head) {
    add(checkpoint, fmt::format("it was signed at block {}, and block {} ends there now, or has "
                                "another digest: the blocks were rewritten",
                                checkpoint.block, edge.block));
    return;
  }
  add(checkpoint,
      fmt::format("events {} to {} are not those that were signed: they were rewritten, or the "
                  "store is an older backup that went on",
                  held, checkpoint.events.size == 0 ? 0 : checkpoint.events.size - 1));
}

void CheckpointTrail::judge_letters(const Checkpoint& checkpoint) {
  if (letters_differ_) return;
  const std::uint64_t there = letter_roots_.size() - 1;
  letters_differ_ = checkpoint.letters.size > there ||
                    letter_roots_[checkpoint.letters.size] != checkpoint.letters.root;
  if (!letters_differ_) return;
  add(checkpoint, fmt::format("it was signed with {} dead letters; {} are stored, and the first {} "
                              "are not those",
                              checkpoint.letters.size, there, checkpoint.letters.size));
}

void CheckpointTrail::finish(const LedgerEdge& edge, std::uint64_t kept) {
  reach(edge);
  if (!pending_) return;
  const bool cut = kept >= pending_->number;
  add(*pending_,
      fmt::format("it was signed with {} events; the ledger ends with {}: {}",
                  pending_->events.size, edge.events.size(),
                  cut ? "its end was cut off"
                      : "the store is an older backup, or its end was cut off with all that told "
                        "of it"));
  // The others may be missing too; the last of them says how much is.
  while (pending_) {
    last_number_ = pending_->number;
    pending_ = next_();
  }
}

}  // namespace mgc::audit
