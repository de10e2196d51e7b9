#include "consumer/receipt_book.hpp"

namespace mgc::consumer {

void ReceiptBook::offer(std::span<const db::NodeProgress> progress) {
  for (const db::NodeProgress& one : progress) {
    waiting_[{one.node, one.epoch}] = {one.node, one.epoch, one.contiguous_through,
                                       one.last_sha256};
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
    waiting_.try_emplace(key, std::move(receipt));
  }
}

}  // namespace mgc::consumer
