#include "consumer/bisect.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/log.hpp"
#include "core/utf8.hpp"

namespace mgc::consumer {
namespace {

/// Of a database that holds less than the limits of the wire promise, for instance by a
/// constraint of its own.
Error refused_dead_letter(const db::DeadLetterRecord& letter, const Error& why) {
  return Error{Action::stop,
               "the database refuses dead letter " + letter.message_id + " too: " + why.message};
}

std::size_t records_of(const db::BatchRecord& part) {
  return part.packs.size() + part.dead_letters.size();
}

class Bisection {
 public:
  Bisection(const CommitSize& size, const CommitPart& commit) : size_(size), commit_(commit) {}

  Result<void> store(const db::BatchRecord& part) {
    if (records_of(part) > size_.limit()) return store_halves(part);
    auto committed = commit_(part);
    if (committed) {
      add(std::move(*committed));
      return {};
    }
    if (records_of(part) > size_.limit()) return store_halves(part);  // it was too slow
    if (committed.error().action != Action::reject) return committed.error();
    if (records_of(part) > 1) return store_halves(part);
    return give_up(part, committed.error());
  }

  [[nodiscard]] db::CommitCounts take_sum() {
    for (auto& [key, one] : progress_) sum_.progress.push_back(std::move(one));
    return std::move(sum_);
  }

 private:
  Result<void> store_halves(const db::BatchRecord& part) {
    const std::size_t half = records_of(part) / 2;
    const std::size_t packs = std::min(half, part.packs.size());
    const std::size_t letters = half - packs;
    auto first = store(
        {part.received_at, part.packs.subspan(0, packs), part.dead_letters.subspan(0, letters)});
    if (!first) return first;
    return store({part.received_at, part.packs.subspan(packs), part.dead_letters.subspan(letters)});
  }

  /// `part` is the single record that was rejected.
  Result<void> give_up(const db::BatchRecord& part, const Error& why) {
    if (part.packs.empty()) {
      return part.dead_letters.empty() ? Error{Action::stop, why.message}
                                       : refused_dead_letter(*part.dead_letters.front(), why);
    }
    const db::PackRecord& pack = *part.packs.front();
    const db::DeadLetterRecord letter{pack.pack.header().message_id(), printable(why.message),
                                      pack.body, pack.pack.header()};
    const db::DeadLetterRecord* const letters[] = {&letter};
    auto kept = commit_({part.received_at, {}, letters});
    if (!kept && kept.error().action == Action::reject) {
      return refused_dead_letter(letter, kept.error());
    }
    if (!kept) return kept.error();
    log_error("pack {} became a dead letter, its events are a gap: {}", letter.message_id,
              letter.reason);
    add(std::move(*kept));
    return {};
  }

  void add(db::CommitCounts part) {
    sum_.packs_stored += part.packs_stored;
    sum_.events_stored += part.events_stored;
    sum_.packs_duplicate += part.packs_duplicate;
    sum_.dead_letters += part.dead_letters;
    sum_.gaps_opened += part.gaps_opened;
    sum_.gaps_closed += part.gaps_closed;
    // A later part of the same node knows more.
    for (db::NodeProgress& one : part.progress) {
      db::NodeProgress& known = progress_[{one.node, one.epoch}];
      if (one.refused_sha256.empty()) {
        one.refused_sha256 = std::move(known.refused_sha256);
        one.refused_through = known.refused_through;
      }
      known = std::move(one);
    }
  }

  const CommitSize& size_;
  const CommitPart& commit_;
  db::CommitCounts sum_;
  std::map<std::pair<std::string, std::uint64_t>, db::NodeProgress> progress_;
};

}  // namespace

Result<db::CommitCounts> commit_by_halves(const db::BatchRecord& batch, const CommitSize& size,
                                          const CommitPart& commit) {
  Bisection bisection(size, commit);
  if (const auto stored = bisection.store(batch); !stored) return stored.error();
  return bisection.take_sum();
}

}  // namespace mgc::consumer
