#include "consumer/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "consumer/batch_order.hpp"
#include "consumer/batch_tuner.hpp"
#include "consumer/name_finder.hpp"
#include "consumer/receipts.hpp"
#include "consumer/segment_keeper.hpp"
#include "consumer/side_work.hpp"
#include "consumer/stages.hpp"
#include "consumer/trials.hpp"
#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {
namespace {

// How often the writer looks at the clock, the lease and the stop request while nothing comes.
constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kStopCreditWait{3};
constexpr std::chrono::seconds kLookAtLink{1};
constexpr std::chrono::seconds kFlushWait{3};

/// One run of the service; its members are the stages in the order of the flow.
class Service {
 public:
  Service(const ServiceOptions& options, const Clock& clock,
          const std::function<void(const Totals&)>& on_batch)
      : options_(options),
        clock_(clock),
        on_batch_(on_batch),
        metrics_(*options.metrics),
        holder_(lease_holder()),
        writer_(options.mgccomp, {options.address, holder_, options.lease, options.segments}, clock,
                options.metrics),
        batcher_(options.batch, clock),
        tuner_(options.batch.events_max, options.commit_p99_target),
        trials_(writer_, given_up_) {
    batcher_.set_events_max(tuner_.events_max());
    metrics_.batch_events_max = tuner_.events_max();
    metrics_.batch_size_reason = tuner_.reason();
  }

  Result<Totals> run(std::stop_token stop) {
    if (auto taken = writer_.take_lane(stop); !taken) {
      if (taken.error().action == Action::retry) return totals_;  // stopped while standing by
      return taken.error();
    }
    auto result = trials_.load(stop);
    if (result) result = run_with_lane(stop);
    writer_.leave_lane();
    if (!result && result.error().action != Action::retry) return result.error();
    return totals_;
  }

 private:
  Result<void> run_with_lane(std::stop_token stop) {
    receipts_ =
        std::make_unique<Receipts>(options_.broker, options_.address, clock_, options_.metrics);
    // What came is smaller than what it expands to, and a whole batch of that should wait.
    stages_ = std::make_unique<Stages>(options_.credit_max, options_.credit_bytes * 2, given_up_,
                                       find_names_ahead());
    auto receiver = transport::Receiver::start(
        {.broker = options_.broker,
         .address = options_.address,
         .credit_max = options_.credit_max,
         .credit_bytes = options_.credit_bytes,
         .careful_start = true,
         .careful_messages = writer_.predecessor_died() ? options_.credit_max : 0},
        [this](transport::Delivery delivery) { take_in(std::move(delivery)); });
    if (!receiver) return receiver.error();
    receiver_ = std::move(*receiver);
    const auto open = wait_for_broker(stop);
    if (!open) return open.error();
    if (!*open) return {};
    log_info("consuming {} into {}", options_.address, options_.mgccomp);
    side_work_ = std::make_unique<SideWork>(options_, clock_);
    segments_ = std::make_unique<SegmentKeeper>(SegmentKeeperOptions{options_.mgccomp,
                                                                     {options_.address, holder_},
                                                                     options_.unsealed_max,
                                                                     options_.segments_look},
                                                writer_, clock_);
    auto result = write_batches(stop);
    segments_.reset();
    side_work_->finish();
    if (!receiver_->flush(clock_.steady_now() + kFlushWait)) {
      log_warning("the broker did not confirm the last settlements; it may deliver them again");
    }
    receiver_.reset();
    receipts_.reset();  // sends what waits
    if (result) side_work_->write_rest(writer_);
    side_work_.reset();
    return result;
  }

  /// Empty where the database has one writer at a time.
  Prepare find_names_ahead() {
    if (!db::NamesAhead::is_possible(options_.mgccomp)) return {};
    auto finder = std::make_shared<NameFinder>(
        options_.mgccomp, [this] { return writer_.session_number(); }, clock_);
    return [finder](std::span<DecodedRecord> records) { finder->find(records); };
  }

  /// False when stopped first.
  Result<bool> wait_for_broker(std::stop_token stop) {
    const SteadyTime give_up = clock_.steady_now() + transport::first_answer_wait(options_.broker);
    while (!stop.stop_requested()) {
      look_around();
      const auto open = receiver_->wait_open(std::min(clock_.steady_now() + kTick, give_up));
      if (open) return true;
      const bool hopeless = open.error().action == Action::stop;
      if (hopeless || clock_.steady_now() >= give_up) return open.error();
    }
    return false;
  }

  Result<void> write_batches(std::stop_token stop) {
    last_delivery_at_ = clock_.steady_now();
    while (!stages_->finished() || !batcher_.empty()) {
      look_around();
      const auto idle = idle_too_long();
      if (!idle) return idle.error();
      if (*idle || stop.stop_requested()) begin_drain();
      side_work_->write_one(writer_);
      Batch batch = gather();
      if (batch.empty() && !suspect_) {
        if (auto kept = writer_.keep_lane(); !kept) return kept.error();
        segments_->when_idle([&, until = clock_.steady_now() + kTick] {
          return stages_->idle() && clock_.steady_now() < until;
        });
        continue;
      }
      auto stored = batch.empty() ? Result<void>() : store(std::move(batch), stop);
      if (stored && suspect_) stored = try_suspect(stop);
      if (!stored) {
        if (stored.error().action != Action::retry) return stored.error();
        log_warning("stopped with a batch that was not stored; it stays in the queue");
        return {};
      }
    }
    return {};
  }

  void take_in(transport::Delivery delivery) {
    const auto bytes = static_cast<std::int64_t>(delivery.received.message.body.size());
    if (!stages_->take_in(std::move(delivery))) return;
    ++metrics_.deliveries_in_hand;
    metrics_.bytes_in_hand += bytes;
  }

  /// For those who watch the service; an open link is asked once a second.
  void look_around() {
    const SteadyTime now = clock_.steady_now();
    metrics_.writer_lives(now);
    if (now < look_at_) return;
    if (const auto open = receiver_->wait_open(now)) {
      metrics_.broker.answered();
      look_at_ = now + kLookAtLink;
    } else {
      metrics_.broker.failed(open.error().message);
    }
  }

  /// Alone in its transaction, and marked before it is decoded.
  Result<void> try_suspect(std::stop_token stop) {
    auto record = trials_.begin(*std::exchange(suspect_, std::nullopt), stop);
    if (!record) return record.error();
    Batch batch;
    batch.push_back(std::move(*record));
    closed_by_ = ClosedBy::suspect;
    auto stored = store(std::move(batch), stop);
    trials_.end(stored.has_value());
    return stored;
  }

  /// Records until the batch is due, a suspect comes, or nothing more is coming; may return
  /// nothing.
  Batch gather() {
    const SteadyTime tick = clock_.steady_now() + kTick;
    for (;;) {
      if (batcher_.due()) return close(std::nullopt);
      if (!batcher_.empty() && stages_->idle()) return close(ClosedBy::idle);
      const SteadyTime deadline = std::min(tick, batcher_.due_at().value_or(tick));
      auto record = stages_->next(deadline);
      if (!record) return stages_->finished() ? close(ClosedBy::stopping) : Batch{};
      last_delivery_at_ = clock_.steady_now();
      if (!first_delivery_at_) first_delivery_at_ = last_delivery_at_;
      if (record->suspect) {
        suspect_ = std::move(record);
        return close(ClosedBy::suspect);
      }
      const std::size_t events = record->events();
      if (auto closed = batcher_.add(std::move(*record))) {
        const bool many = events_of(*closed) + events > batcher_.limits().events_max;
        closed_by_ = many ? ClosedBy::events : ClosedBy::bytes;
        return std::move(*closed);
      }
    }
  }

  /// Without a `why`: because it is due.
  Batch close(std::optional<ClosedBy> why) {
    Batch batch = batcher_.take();
    closed_by_ = why.value_or(why_due(batch, batcher_.limits()));
    return batch;
  }

  /// COMMIT, then settle, then receipt. After a stop request a batch still gets one attempt.
  Result<void> store(Batch batch, std::stop_token stop) {
    db::CommitCounts counts;
    counts.progress = hoped_for(batch);
    const std::size_t events = events_of(batch);
    for (const BatchStep step : order_of_steps()) {
      auto done = take_step(step, batch, counts, stop);
      if (!done) return done;
    }
    ++totals_.batches;
    totals_.packs += counts.packs_stored;
    totals_.events += counts.events_stored;
    totals_.duplicates += counts.packs_duplicate;
    totals_.dead_letters += counts.dead_letters;
    totals_.gaps_opened += counts.gaps_opened;
    totals_.working = clock_.steady_now() - first_delivery_at_.value_or(clock_.steady_now());
    metrics_.note_batch(closed_by_, events, counts, clock_.utc_now());
    segments_->after_batch(closed_by_ == ClosedBy::events || closed_by_ == ClosedBy::bytes ||
                           events > batcher_.limits().events_max / 2);
    if (on_batch_) on_batch_(totals_);
    return {};
  }

  Result<void> take_step(BatchStep step, Batch& batch, db::CommitCounts& counts,
                         std::stop_token stop) {
    switch (step) {
      case BatchStep::commit: {
        const SteadyTime begun = clock_.steady_now();
        const std::uint64_t retries = metrics_.database_retries;
        auto committed = writer_.commit(batch, stop);
        if (!committed) return committed.error();
        counts = std::move(*committed);
        tune_batches(clock_.steady_now() - begun, metrics_.database_retries != retries);
        return {};
      }
      case BatchStep::settle: {
        if (reach_failpoint("consumer.before_settle") == Failure::error) {
          return Error{Action::stop, "failure point consumer.before_settle"};
        }
        std::vector<transport::SettlementToken> tokens;
        tokens.reserve(batch.size());
        for (DecodedRecord& record : batch) {
          tokens.push_back(std::move(record.token));
          metrics_.bytes_in_hand -= static_cast<std::int64_t>(record.body_bytes());
        }
        metrics_.deliveries_in_hand -= static_cast<std::int64_t>(batch.size());
        transport::accept(std::move(tokens));
        return {};
      }
      case BatchStep::receipt:
        if (reach_failpoint("consumer.before_receipt") == Failure::error) {
          return Error{Action::stop, "failure point consumer.before_receipt"};
        }
        receipts_->offer(counts.progress);
        return {};
    }
    return {};
  }

  /// After a commit that took so long.
  void tune_batches(std::chrono::nanoseconds took, bool tried_again) {
    if (tried_again) {
      tuner_.timed_out();
    } else {
      tuner_.committed(closed_by_ == ClosedBy::events, took);
    }
    batcher_.set_events_max(tuner_.events_max());
    metrics_.batch_events_max = tuner_.events_max();
    metrics_.batch_size_reason = tuner_.reason();
  }

  /// What a wrong order would say before the commit; nothing in the right one.
  static std::vector<db::NodeProgress> hoped_for(const Batch& batch) {
    std::vector<db::NodeProgress> hoped;
    if (!planted_bug("receipt_before_commit")) return hoped;
    for (const DecodedRecord& record : batch) {
      if (!record.pack) continue;
      const schema::PackHeader& header = record.pack->pack.header();
      hoped.push_back({header.node, header.epoch, header.last_sequence()});
    }
    return hoped;
  }

  /// @errors stop  the queue is gone; reconnect  so is its broker, for longer than a start would
  ///         wait for it.
  Result<bool> idle_too_long() {
    if (!options_.until_idle || draining_) return false;
    const SteadyTime now = clock_.steady_now();
    const auto open = receiver_->wait_open(now);
    if (open) {
      away_since_.reset();
      return stages_->idle() && batcher_.empty() && now - last_delivery_at_ >= *options_.until_idle;
    }
    // A queue that cannot be asked is not an empty one.
    last_delivery_at_ = now;
    if (!away_since_) away_since_ = now;
    const bool hopeless = open.error().action == Action::stop ||
                          now - *away_since_ >= transport::first_answer_wait(options_.broker);
    if (hopeless) return open.error();
    return false;
  }

  void begin_drain() {
    if (draining_) return;
    draining_ = true;
    receiver_->stop_credit(clock_.steady_now() + kStopCreditWait);
    stages_->close();
  }

  const ServiceOptions& options_;
  const Clock& clock_;
  const std::function<void(const Totals&)>& on_batch_;
  ServiceMetrics& metrics_;
  const std::string holder_;
  Writer writer_;
  Batcher batcher_;
  BatchTuner tuner_;
  GivenUp given_up_;
  Trials trials_;
  std::unique_ptr<Stages> stages_;
  std::unique_ptr<transport::Receiver> receiver_;
  std::optional<DecodedRecord> suspect_;
  std::unique_ptr<Receipts> receipts_;
  std::unique_ptr<SideWork> side_work_;
  std::unique_ptr<SegmentKeeper> segments_;
  Totals totals_;
  SteadyTime last_delivery_at_{};
  SteadyTime look_at_{};  ///< the next look at the link
  ClosedBy closed_by_ = ClosedBy::idle;
  std::optional<SteadyTime> first_delivery_at_;
  std::optional<SteadyTime> away_since_;  ///< with until_idle: when the broker went away
  bool draining_ = false;
};

}  // namespace

Result<Totals> run_service(const ServiceOptions& options, const Clock& clock, std::stop_token stop,
                           const std::function<void(const Totals&)>& on_batch) {
  return Service(options, clock, on_batch).run(stop);
}

}  // namespace mgc::consumer
