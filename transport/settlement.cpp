#include <utility>

#include "transport/receiver.hpp"
#include "transport/receiver_link.hpp"

namespace mgc::transport {

void ReceiverLink::settle(std::vector<Settlement> settlements) {
  {
    auto inbox = inbox_.lock();
    if (inbox->closed) return;
    if (inbox->settlements.empty()) {
      inbox->settlements = std::move(settlements);
    } else {
      inbox->settlements.insert(inbox->settlements.end(), settlements.begin(), settlements.end());
    }
  }
  wake_->wake();
}

std::vector<Settlement> ReceiverLink::take() {
  return std::exchange(inbox_.lock()->settlements, {});
}

SettlementToken& SettlementToken::operator=(SettlementToken&& other) noexcept {
  if (this == &other) return *this;
  release();
  link_ = std::move(other.link_);
  connection_ = other.connection_;
  delivery_ = other.delivery_;
  bytes_ = other.bytes_;
  return *this;
}

SettlementToken::~SettlementToken() { release(); }

void SettlementToken::release() noexcept {
  const std::shared_ptr<ReceiverLink> link = std::exchange(link_, nullptr);
  if (link != nullptr) link->settle({{connection_, delivery_, false, bytes_}});
}

void accept(std::vector<SettlementToken> tokens) {
  std::vector<Settlement> settlements;
  settlements.reserve(tokens.size());
  std::shared_ptr<ReceiverLink> link;
  for (SettlementToken& token : tokens) {
    if (!token.pending()) continue;
    if (link != token.link_ && !settlements.empty()) {
      link->settle(std::exchange(settlements, {}));
    }
    link = std::exchange(token.link_, nullptr);
    settlements.push_back({token.connection_, token.delivery_, true, token.bytes_});
  }
  if (link != nullptr) link->settle(std::move(settlements));
}

}  // namespace mgc::transport
