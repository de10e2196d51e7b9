#include "producer/receipt_rule.hpp"

#include <utility>

#include "core/planted_bug.hpp"

namespace mgc::producer {

ReceiptMeans ReceiptRule::judge(const Facts& facts) {
  if (facts.through.epoch != facts.recorded.epoch) return ReceiptMeans::nothing;
  if (facts.through > facts.recorded) return ReceiptMeans::older_copy;
  const bool other =
      facts.last == spool::PackMatch::other || facts.refused == spool::PackMatch::same;
  if (other && !planted_bug("merge_histories")) return ReceiptMeans::other_history;
  const bool back = facts.through < facts.receipted;
  // One that lags behind may come again after a kill; two in a row are the state of mgccomp.
  if (back && !std::exchange(doubted_, true)) return ReceiptMeans::wait;
  if (!back) doubted_ = false;
  return ReceiptMeans::take;
}

}  // namespace mgc::producer
