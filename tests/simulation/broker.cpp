#include "tests/simulation/broker.hpp"

#include <iterator>
#include <utility>

namespace mgc::simulation {

void Broker::take(const PackRef& pack) {
  if (world_.chance(drops_)) return;
  queue_.push_back(pack);
  if (world_.chance(disorder_)) queue_.push_back(pack);
  deliver();
}

void Broker::add_credit(Consumer& consumer, std::size_t credit) {
  credit_[&consumer] += credit;
  deliver();
}

void Broker::deliver() {
  for (auto& [consumer, credit] : credit_) {
    while (credit > 0 && !queue_.empty() && consumer->link().is_open()) {
      const bool any = world_.chance(disorder_);
      const auto next =
          any ? std::next(queue_.begin(), static_cast<std::ptrdiff_t>(world_.below(queue_.size())))
              : queue_.begin();
      const PackRef pack = *next;
      queue_.erase(next);
      --credit;
      const std::uint64_t delivery = next_delivery_++;
      unsettled_.emplace(delivery, Unsettled{consumer, pack});
      consumer->link().from_broker(
          [target = consumer, delivery, pack] { target->on_delivery(delivery, pack); });
    }
  }
}

void Broker::settle(Consumer& consumer, std::uint64_t delivery) {
  const auto found = unsettled_.find(delivery);
  if (found == unsettled_.end() || found->second.consumer != &consumer) return;
  if (!store_.ever_held(*found->second.pack)) {
    oracle_.violations.push_back("settled before it was committed: " + found->second.pack->name());
  }
  unsettled_.erase(found);
}

void Broker::leave(Consumer& consumer) {
  credit_.erase(&consumer);
  for (auto one = unsettled_.begin(); one != unsettled_.end();) {
    if (one->second.consumer != &consumer) {
      ++one;
      continue;
    }
    if (world_.chance(50)) {
      queue_.push_front(one->second.pack);
    } else {
      queue_.push_back(one->second.pack);
    }
    one = unsettled_.erase(one);
  }
  deliver();
}

void Broker::take_receipt(schema::Receipt receipt) {
  const std::string node = receipt.node;
  if (world_.chance(drops_)) return;
  receipts_[node].push_back(std::move(receipt));
  pass_receipts(node);
}

void Broker::hear(const std::string& node, const void* who,
                  std::function<void(schema::Receipt)> on_receipt) {
  hearers_[node][who] = std::move(on_receipt);
  pass_receipts(node);
}

void Broker::stop_hearing(const std::string& node, const void* who) { hearers_[node].erase(who); }

void Broker::pass_receipts(const std::string& node) {
  auto& hearers = hearers_[node];
  auto& waiting = receipts_[node];
  while (!hearers.empty() && !waiting.empty()) {
    const auto chosen =
        std::next(hearers.begin(), static_cast<std::ptrdiff_t>(world_.below(hearers.size())));
    const auto hear_it = chosen->second;
    const schema::Receipt receipt = std::move(waiting.front());
    waiting.pop_front();
    hear_it(receipt);
  }
}

void Broker::lose_everything() {
  queue_.clear();
  unsettled_.clear();
  receipts_.clear();
}

}  // namespace mgc::simulation
