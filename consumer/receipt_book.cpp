#include "consumer/receipt_book.hpp"

namespace mgc::consumer {
namespace {

void keep_refusal(const schema::Receipt& older, schema::Receipt& newer) {
  if (!newer.refused_sha256.empty()) return;
  newer.refused_sha256 = older.refused_sha256;
  newer.refused_through = older.refused_through;
}

}  // namespace

void ReceiptBook::offer(std::span<const db::NodeProgress> progress) {
  for (const db::NodeProgress& one : progress) {
    schema::Receipt receipt{one.node,        one.epoch,          one.contiguous_through,
                            one.last_sha256, one.refused_sha256, one.refused_through};
    schema::Receipt& waiting = waiting_[{one.node, one.epoch}];
    keep_refusal(waiting, receipt);
    waiting = std::move(receipt);
  }
}

std::vector<schema::Receipt> ReceiptBook::take_all() {
  std::vector<schema::Receipt> all;
  all.reserve(waiting_.size());
  for (auto& [key, receipt] : waiting_) all.push_back(std::move(receipt));
  waiting_.clear();
  return all;
}

void ReceiptBook::put_back(std::vector<schema::Receipt> unsent) {
  for (schema::Receipt& receipt : unsent) {
    const Key key{receipt.node, receipt.epoch};
    const auto [place, is_new] = waiting_.try_emplace(key, receipt);
    if (!is_new) keep_refusal(receipt, place->second);
  }
}

}  // namespace mgc::consumer
