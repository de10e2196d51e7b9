#include "consumer/receipts.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {
namespace {

// What a link does not take at once is tried again after this: a node whose link is not open, or
// has no credit, must not hold the others up.
constexpr std::chrono::milliseconds kRetryPause{50};
constexpr std::chrono::seconds kStopWait{2};
// How long a node keeps its link when more nodes than kNodesMax want one.
constexpr std::chrono::seconds kOpenFor{1};
// How long a link may take to open when others wait for its place.
constexpr std::chrono::seconds kOpenPatience{15};

}  // namespace

Receipts::Receipts(transport::BrokerOptions broker, std::string address, const Clock& clock,
                   std::shared_ptr<ServiceMetrics> metrics)
    : broker_(std::move(broker)),
      address_(std::move(address)),
      clock_(clock),
      metrics_(std::move(metrics)),
      thread_([this] { run(); }) {}

Receipts::~Receipts() {
  auto pending = pending_.lock();
  pending->stopping = true;
  pending.notify_all();
}

void Receipts::offer(std::span<const db::NodeProgress> progress) {
  auto pending = pending_.lock();
  pending->receipts.offer(progress);
  pending.notify_all();
}

void Receipts::run() {
  std::optional<SteadyTime> stop_at;
  for (;;) {
    std::vector<schema::Receipt> batch;
    {
      auto pending = pending_.lock();
      pending.wait([](const Pending& p) { return p.stopping || !p.receipts.empty(); });
      if (pending->stopping && !stop_at) stop_at = clock_.steady_now() + kStopWait;
      if (pending->stopping && (pending->receipts.empty() || clock_.steady_now() > *stop_at))
        return;
      batch = pending->receipts.take_all();
    }
    std::vector<schema::Receipt> unsent;
    for (schema::Receipt& receipt : batch) {
      const bool late = stop_at && clock_.steady_now() > *stop_at;
      if (late || !send(receipt)) unsent.push_back(std::move(receipt));
    }
    if (unsent.empty()) continue;
    auto pending = pending_.lock();
    pending->receipts.put_back(std::move(unsent));
    pending.wait_until(clock_.steady_now() + kRetryPause,
                       [](const Pending& p) { return p.stopping; });
  }
}

bool Receipts::send(const schema::Receipt& receipt) {
  transport::Sender* sender = sender_of(receipt.node);
  if (sender == nullptr) return false;
  transport::Message message;
  message.id = fmt::format("{}/{}/{}", receipt.node, receipt.epoch, receipt.through_sequence);
  message.group = receipt.node;
  message.content_type = schema::kReceiptContentType;
  message.body = schema::encode_receipt(receipt);
  const auto sent = sender->send(std::move(message), 0, clock_.steady_now(), {});
  if (!sent) {
    log_debug("receipt for {} waits: {}", receipt.node, sent.error().message);
    return false;
  }
  ++metrics_->receipts_sent;
  return true;
}

bool Receipts::make_room() {
  const SteadyTime now = clock_.steady_now();
  auto found = senders_.end();
  SteadyTime earliest = now;  // since when one may be closed
  for (auto entry = senders_.begin(); entry != senders_.end(); ++entry) {
    NodeSender& one = entry->second;
    if (!one.usable_at && one.sender->wait_open(now)) one.usable_at = now;
    const SteadyTime closable =
        one.usable_at ? *one.usable_at + kOpenFor : one.started_at + kOpenPatience;
    if (closable > earliest) continue;
    earliest = closable;
    found = entry;
  }
  if (found == senders_.end()) return false;
  senders_.erase(found);
  return true;
}

transport::Sender* Receipts::sender_of(const std::string& node) {
  if (const auto known = senders_.find(node); known != senders_.end()) {
    return known->second.sender.get();
  }
  if (senders_.size() >= kNodesMax && !make_room()) return nullptr;
  transport::SenderOptions options;
  options.broker = broker_;
  options.broker.client += "-receipts-" + node;
  options.address = schema::receipt_address(address_, node);
  // The outcome does not matter: a receipt that was lost is asked for again by its node.
  auto started = transport::Sender::start(
      options, [](std::uint64_t, transport::Outcome, const std::string&) {});
  if (!started) {
    log_error("no receipts for node {}: {}", node, started.error().message);
    return nullptr;
  }
  return senders_.emplace(node, NodeSender{std::move(*started), clock_.steady_now()})
      .first->second.sender.get();
}

}  // namespace mgc::consumer
