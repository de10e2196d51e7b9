#include "producer/relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "schema/pack.hpp"

namespace mgc::producer {
namespace {

constexpr std::size_t kReadPacks = 64;
constexpr std::size_t kReadBytes = std::size_t{4} * 1024 * 1024;
constexpr std::chrono::milliseconds kSendWait{250};
constexpr std::chrono::milliseconds kIdleWait{250};
constexpr std::chrono::milliseconds kReturnedPause{200};
constexpr std::uint32_t kReceiptCredit = 64;

}  // namespace

Relay::Relay(Private /*unused*/, spool::Outbox& outbox, RelayOptions options, const Clock& clock)
    : outbox_(outbox),
      options_(std::move(options)),
      clock_(clock),
      epoch_(outbox.last().epoch),
      marked_(outbox.accepted_through()),
      turned_at_(clock.steady_now()),
      shared_(Shared{RelayPlan(outbox.accepted_through(), outbox.receipted_through(),
                               options_.receipt_wait, clock.steady_now()),
                     std::nullopt, false, false, false, std::nullopt}) {}

Relay::~Relay() { stop(); }

void Relay::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  // The links call back into this object: they end while all of it still stands.
  sender_.reset();
  receiver_.reset();
  auto shared = shared_.lock();
  shared->stopped = true;
  shared.notify_all();
}

Result<std::unique_ptr<Relay>> Relay::start(spool::Outbox& outbox, RelayOptions options,
                                            const Clock& clock) {
  auto relay = std::make_unique<Relay>(Private{}, outbox, std::move(options), clock);
  if (auto started = relay->start_links(); !started) return started.error();
  relay->thread_ = std::jthread([self = relay.get()](std::stop_token stop) { self->run(stop); });
  return relay;
}

Result<void> Relay::start_links() {
  transport::SenderOptions sending;
  sending.broker = options_.broker;
  sending.broker.client += "-packs";
  sending.address = options_.address;
  auto sender = transport::Sender::start(
      sending, [this](std::uint64_t tag, transport::Outcome outcome, const std::string& reason) {
        on_outcome(tag, outcome, reason);
      });
  if (!sender) return sender.error();
  sender_ = std::move(*sender);

  transport::ReceiverOptions receiving;
  receiving.broker = options_.broker;
  receiving.broker.client += "-receipts";
  receiving.address = schema::receipt_address(options_.address, options_.node);
  receiving.credit_max = kReceiptCredit;
  receiving.declare_missing = true;  // a new node
  auto receiver = transport::Receiver::start(
      receiving, [this](transport::Delivery delivery) { on_receipt(std::move(delivery)); });
  if (!receiver) return receiver.error();
  receiver_ = std::move(*receiver);
  return {};
}

void Relay::notify_appended() {
  auto shared = shared_.lock();
  if (!std::exchange(shared->news, true)) shared.notify_all();
}

void Relay::run(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { shared_.lock().notify_all(); });
  while (!stop.stop_requested()) {
    turned_at_ = clock_.steady_now();
    auto stepped = step(stop);
    if (stepped) continue;
    if (stepped.error().action == Action::stop) {
      log_error("the relay of {} stops: {}", options_.node, stepped.error().message);
      auto shared = shared_.lock();
      shared->failure = stepped.error();
      shared.notify_all();
      return;
    }
    log_warning("relay of {}: {}", options_.node, stepped.error().message);
    pause(stop);
  }
  if (auto marked = outbox_.mark_accepted(accepted()); !marked) {
    log_warning("relay of {}: {}", options_.node, marked.error().message);
  }
}

Result<void> Relay::step(std::stop_token stop) {
  if (auto applied = apply_receipts(); !applied) return applied;
  spool::Position accepted_now;
  bool returned = false;
  bool probing = false;
  {
    auto shared = shared_.lock();
    accepted_now = shared->plan.accepted();
    returned = std::exchange(shared->returned, false);
    probing = shared->plan.tick(clock_.steady_now());
  }
  if (probing) {
    log_warning("no receipt for node {}: sending packs that wait for one again", options_.node);
  }
  if (marked_ < accepted_now) {
    if (auto marked = outbox_.mark_accepted(accepted_now); !marked) return marked;
    marked_ = accepted_now;
    if (planted_bug("purge_on_accepted")) {
      if (auto purged = outbox_.take_receipt(accepted_now); !purged) return purged.error();
    }
  }
  if (returned) pause(stop);
  auto sent = send_packs(stop);
  if (!sent) return sent.error();
  if (!*sent) wait_for_news(kIdleWait, stop);
  return {};
}

Result<void> Relay::apply_receipts() {
  const auto receipt = std::exchange(shared_.lock()->receipt, std::nullopt);
  if (!receipt) return {};
  const spool::Position through{receipt->epoch, receipt->through_sequence};
  const auto last = outbox_.compare(through, receipt->last_sha256);
  if (!last) return last.error();
  const auto refused =
      outbox_.compare({receipt->epoch, receipt->refused_through}, receipt->refused_sha256);
  if (!refused) return refused.error();
  const spool::Position receipted = outbox_.receipted_through();
  switch (receipt_rule_.judge({through, outbox_.last(), receipted, *last, *refused})) {
    case ReceiptMeans::nothing:
    case ReceiptMeans::wait: return {};
    case ReceiptMeans::older_copy:
    case ReceiptMeans::other_history: return quarantine(through);
    case ReceiptMeans::take: break;
  }
  const auto taken = outbox_.take_receipt(through);
  if (!taken) return taken.error();
  if (through < receipted) report_loss(through, taken->held);
  auto shared = shared_.lock();
  // What nobody can send any more is not waited for.
  shared->plan.receipted(taken->held, clock_.steady_now());
  shared.notify_all();
  return {};
}

Error Relay::quarantine(spool::Position through) {
  return Error{
      Action::stop,
      fmt::format("mgccomp holds events of node {}, epoch {}, through {} that are not those of "
                  "this outbox: it is a copy or an older state of another one. Nothing of it is "
                  "sent or purged any more. Put the right file back; or, if this one is to go on, "
                  "mgc node new-epoch records what is not stored again, under a new epoch",
                  options_.node, through.epoch, through.sequence)};
}

void Relay::report_loss(spool::Position through, spool::Position held) {
  log_warning(
      "mgccomp holds less of node {} than before (through {}): what the outbox still has is sent "
      "again",
      options_.node, through.sequence);
  if (through == held) return;
  log_error(
      "mgccomp lost sequences {} to {} of node {}, and they were purged here: look for them in a "
      "backup of mgccomp. Receipts stay before them, so this outbox keeps all that follows, until "
      "mgc db acknowledge-gap says in mgccomp that they are lost",
      through.sequence + 1, held.sequence, options_.node);
}

Result<bool> Relay::send_packs(std::stop_token stop) {
  spool::Position cursor;
  std::size_t allowance = 0;
  {
    auto shared = shared_.lock();
    cursor = shared->plan.cursor();
    allowance = std::min(shared->plan.allowance(), kReadPacks);
  }
  auto packs = outbox_.read(cursor, allowance, kReadBytes);
  if (!packs) return packs.error();
  for (spool::StoredPack& pack : *packs) {
    std::uint64_t tag = 0;
    {
      auto shared = shared_.lock();
      // Something came back, or a receipt moved the cursor: read again from where the plan says.
      if (shared->plan.cursor() != cursor) return true;
      cursor = {pack.first.epoch, pack.last_sequence};
      tag = shared->plan.sent(cursor);
    }
    transport::Message message;
    message.id = schema::PackHeader{options_.node, pack.first.epoch, pack.first.sequence, 1, {}}
                     .message_id();
    message.group = options_.node;
    message.content_type = schema::kPackContentType;
    message.content_encoding = schema::kPackContentEncoding;
    message.body = std::move(pack.body);
    const SteadyTime deadline = clock_.steady_now() + kSendWait;
    if (!sender_->send(std::move(message), tag, deadline, stop)) {
      shared_.lock()->plan.unsent(tag);  // not connected, or no credit: the step comes back to it
      return true;
    }
  }
  return !packs->empty();
}

void Relay::wait_for_news(std::chrono::milliseconds at_most, std::stop_token stop) {
  auto shared = shared_.lock();
  shared.wait_until(clock_.steady_now() + at_most,
                    [&](const Shared& s) { return s.news || stop.stop_requested(); });
  shared->news = false;
}

void Relay::pause(std::stop_token stop) {
  auto shared = shared_.lock();
  shared.wait_until(clock_.steady_now() + kReturnedPause,
                    [&](const Shared&) { return stop.stop_requested(); });
}

void Relay::on_outcome(std::uint64_t tag, transport::Outcome outcome, const std::string& reason) {
  if (outcome == transport::Outcome::rejected) {
    log_error("the broker rejected a pack of node {}; it stays in the outbox: {}", options_.node,
              reason);
  }
  auto shared = shared_.lock();
  switch (outcome) {
    case transport::Outcome::accepted:
    case transport::Outcome::rejected: shared->plan.settled(tag, clock_.steady_now()); break;
    case transport::Outcome::released:
    case transport::Outcome::lost:
      shared->plan.returned(tag);
      shared->returned = true;
      break;
  }
  shared->news = true;
  shared.notify_all();
}

void Relay::on_receipt(transport::Delivery delivery) {
  const auto receipt = schema::decode_receipt(delivery.received.message.body);
  if (!receipt) {
    log_warning("node {}: {}", options_.node, receipt.error().message);
  } else if (receipt->node != options_.node || receipt->epoch != epoch_) {
    log_debug("node {}: a receipt for {} epoch {} is not for this outbox", options_.node,
              receipt->node, receipt->epoch);
  } else {
    auto shared = shared_.lock();
    // The last word counts, also where it takes something back; a refusal waits to be looked at.
    schema::Receipt newest = *receipt;
    if (newest.refused_sha256.empty() && shared->receipt) {
      newest.refused_sha256 = shared->receipt->refused_sha256;
      newest.refused_through = shared->receipt->refused_through;
    }
    shared->receipt = std::move(newest);
    shared->news = true;
    shared.notify_all();
  }
  std::vector<transport::SettlementToken> tokens;
  tokens.push_back(std::move(delivery.token));
  transport::accept(std::move(tokens));
}

bool Relay::wait_accepted(spool::Position position, SteadyTime deadline) {
  auto shared = shared_.lock();
  const auto there = [&](const Shared& s) { return s.plan.accepted() >= position; };
  shared.wait_until(deadline, [&](const Shared& s) { return s.over() || there(s); });
  return there(*shared);
}

bool Relay::wait_receipted(spool::Position position, SteadyTime deadline) {
  auto shared = shared_.lock();
  const auto there = [&](const Shared& s) { return s.plan.receipted() >= position; };
  shared.wait_until(deadline, [&](const Shared& s) { return s.over() || there(s); });
  return there(*shared);
}

Result<void> Relay::wait_open(SteadyTime deadline) {
  if (auto open = sender_->wait_open(deadline); !open) return open;
  return receiver_->wait_open(deadline);
}

spool::Position Relay::accepted() { return shared_.lock()->plan.accepted(); }

spool::Position Relay::receipted() { return shared_.lock()->plan.receipted(); }

std::optional<Error> Relay::failure() { return shared_.lock()->failure; }

}  // namespace mgc::producer
