#include "consumer/writer.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "consumer/bisect.hpp"
#include "core/log.hpp"
#include "core/planted_bug.hpp"

namespace mgc::consumer {
namespace {

constexpr std::chrono::milliseconds kRetryFirst{50};
constexpr std::chrono::milliseconds kRetryMax{5'000};
constexpr std::chrono::milliseconds kStandbyPoll{1'000};

Error stopped() { return Error{Action::retry, "stopped before the database answered"}; }

/// Stands for a message that ends the process inside the database's own code.
void die_if_planted(const db::BatchRecord& part) {
  for (const db::PackRecord* pack : part.packs) {
    if (planted_bug("die_on_write", pack->pack.header().message_id())) (void)::raise(SIGKILL);
  }
}

Error taken_over(const db::ComplianceStore& store) {
  return Error{Action::stop, "the lane was taken over by " + store.holder_of_lease()};
}

}  // namespace

std::string lease_holder() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  return fmt::format("{}:{}:{:08x}", host, ::getpid(), random_seed() & 0xFFFFFFFFU);
}

Writer::Writer(std::string dsn, db::StoreOptions options, const Clock& clock,
               std::shared_ptr<ServiceMetrics> metrics)
    : dsn_(std::move(dsn)),
      options_(std::move(options)),
      clock_(clock),
      metrics_(std::move(metrics)),
      backoff_(kRetryFirst, kRetryMax, random_seed()),
      pausing_(false) {}

bool Writer::pause(std::chrono::milliseconds delay, std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { pausing_.lock().notify_all(); });
  auto pausing = pausing_.lock();
  return !pausing.wait_until(clock_.steady_now() + delay,
                             [&](bool) { return stop.stop_requested(); });
}

void Writer::note_failure(const Error& error) {
  ++metrics_->database_retries;
  metrics_->database.failed(error.message);
}

Result<void> Writer::open_store() {
  auto opened = db::ComplianceStore::open(dsn_, options_, clock_);
  if (!opened) return opened.error();
  store_ = std::move(*opened);
  ++session_number_;
  return {};
}

Result<void> Writer::take_lane(std::stop_token stop) {
  std::string announced;
  for (;;) {
    metrics_->writer_lives(clock_.steady_now());
    if (!store_) {
      if (auto opened = open_store(); !opened) {
        if (opened.error().action == Action::stop) return opened.error();
        log_warning("{}", opened.error().message);
        note_failure(opened.error());
        if (!pause(backoff_.next(), stop)) return stopped();
        continue;
      }
    }
    auto taken = store_->take_lease();
    if (taken) metrics_->database.answered();
    if (taken && *taken) break;
    if (taken) metrics_->lane = LaneState::standing_by;
    if (!taken) note_failure(taken.error());
    if (!taken && taken.error().action == Action::stop) return taken.error();
    if (!taken && taken.error().action == Action::reconnect) store_.reset();
    if (store_ && announced != store_->holder_of_lease()) {
      announced = store_->holder_of_lease();
      log_info("standing by: lane {} is written by {}", options_.lane, announced);
    }
    if (!pause(kStandbyPoll, stop)) return stopped();
  }
  metrics_->lane = LaneState::consuming;
  predecessor_died_ = store_->predecessor_died();
  renew_at_ = clock_.steady_now() + options_.lease / 3;
  backoff_.reset();
  return {};
}

Result<void> Writer::renew() {
  const auto renewed = store_->take_lease();
  if (!renewed) return renewed.error();
  if (!*renewed) return taken_over(*store_);
  return {};
}

Result<void> Writer::have_lane() {
  if (store_) return {};
  if (auto opened = open_store(); !opened) return opened;
  auto taken = renew();
  if (!taken) store_.reset();  // a session without the lease may commit nothing
  return taken;
}

Result<void> Writer::keep_lane() {
  if (clock_.steady_now() < renew_at_) return {};
  auto kept = store_ ? renew() : have_lane();
  if (kept) {
    metrics_->database.answered();
    renew_at_ = clock_.steady_now() + options_.lease / 3;
    backoff_.reset();
    return {};
  }
  if (kept.error().action == Action::stop) return kept;
  log_warning("renewing the lease: {}", kept.error().message);
  note_failure(kept.error());
  store_.reset();
  renew_at_ = clock_.steady_now() + backoff_.next();
  return {};
}

void Writer::leave_lane() {
  if (!store_) return;
  if (auto dropped = store_->drop_lease(); !dropped) {
    log_warning("the lease ends by itself in {} s: {}", options_.lease.count(),
                dropped.error().message);
  }
  store_.reset();
}

Result<db::CommitCounts> Writer::commit_part(const db::BatchRecord& part, std::stop_token stop) {
  const std::size_t records = part.packs.size() + part.dead_letters.size();
  db::BatchRecord batch = part;
  for (;;) {
    const SteadyTime begun = clock_.steady_now();
    metrics_->writer_lives(begun);
    const auto ready = have_lane();
    die_if_planted(part);
    batch.names_source = session_number_;
    auto committed = ready ? store_->commit(batch) : Result<db::CommitCounts>(ready.error());
    if (committed) {
      const SteadyTime now = clock_.steady_now();
      metrics_->database.answered();
      metrics_->commit_seconds.observe(std::chrono::duration<double>(now - begun).count());
      renew_at_ = now + options_.lease / 3;
      backoff_.reset();
      size_.was_stored(records);
      return committed;
    }
    const Error& error = committed.error();
    if (error.action == Action::stop || error.action == Action::reject) return error;
    log_warning("batch of {} messages not stored yet ({}): {}", records, to_string(error.action),
                error.message);
    note_failure(error);
    if (error.action != Action::retry) store_.reset();
    if (error.action == Action::in_doubt) {
      size_.is_in_doubt();
    } else if (ready) {
      size_.was_too_slow(records);
      if (records > size_.limit()) {
        log_warning("it is stored in parts of at most {} messages", size_.limit());
        return error;
      }
    }
    if (!pause(backoff_.next(), stop)) return stopped();
  }
}

template <typename T>
Result<T> Writer::ask_store(const std::function<Result<T>(db::ComplianceStore&)>& call,
                            std::stop_token stop) {
  for (;;) {
    metrics_->writer_lives(clock_.steady_now());
    const auto ready = have_lane();
    auto answer = ready ? call(*store_) : Result<T>(ready.error());
    if (answer) {
      renew_at_ = clock_.steady_now() + options_.lease / 3;
      backoff_.reset();
      return answer;
    }
    const Error error = answer.error();
    if (error.action == Action::stop || error.action == Action::reject) return answer;
    log_warning("marks of suspect messages ({}): {}", to_string(error.action), error.message);
    note_failure(error);
    if (error.action != Action::retry) store_.reset();
    if (!pause(backoff_.next(), stop)) return stopped();
  }
}

Result<std::uint32_t> Writer::attempts_of(const schema::Digest& sha256, std::stop_token stop) {
  return ask_store<std::uint32_t>(
      [&](db::ComplianceStore& store) { return store.attempts_of(sha256); }, stop);
}

Result<void> Writer::mark_attempt(const db::Attempt& attempt, std::stop_token stop) {
  return ask_store<void>([&](db::ComplianceStore& store) { return store.mark_attempt(attempt); },
                         stop);
}

Result<std::vector<schema::Digest>> Writer::given_up(std::uint32_t attempts, std::stop_token stop) {
  return ask_store<std::vector<schema::Digest>>(
      [&](db::ComplianceStore& store) { return store.given_up(attempts); }, stop);
}

void Writer::take_mark_away(const db::Attempt& attempt) {
  const auto changed = store_ ? store_->mark_attempt(attempt)
                              : Result<void>(Error{Action::reconnect, "there is no session"});
  if (changed) return;
  log_warning("the mark of message {} stays: {}", attempt.message_id, changed.error().message);
  if (changed.error().action != Action::retry) store_.reset();
}

Result<db::CommitCounts> Writer::commit(const Batch& batch, std::stop_token stop) {
  // Borrowed views of what the batch owns: a retry commits exactly the same bytes.
  std::vector<const db::PackRecord*> packs;
  std::vector<const db::DeadLetterRecord*> dead_letters;
  for (const DecodedRecord& one : batch) {
    if (one.pack) packs.push_back(&*one.pack);
    if (one.dead_letter) dead_letters.push_back(&*one.dead_letter);
  }
  return commit_by_halves({clock_.utc_now(), packs, dead_letters}, size_,
                          [&](const db::BatchRecord& part) { return commit_part(part, stop); });
}

void Writer::add_details(const db::DetailPage& page) {
  if (!store_) return;
  auto added = store_->add_details(page.of, page.details);
  if (!added && added.error().action == Action::reject && page.details.size() > 1) {
    // One name that this database cannot hold takes no others with it.
    for (const db::Detail& detail : page.details) add_details({page.of, {detail}, detail.id});
    return;
  }
  if (!added) log_warning("names from mgc were not added: {}", added.error().message);
}

void Writer::close_people(const db::ClosingPage& page) {
  if (!store_) return;
  const auto closed = store_->close_people(page);
  if (closed) {
    if (*closed == 0) return;
    log_info("node {} crashed and left people joined: {} of them closed", page.of.node, *closed);
    return;
  }
  leave_for_later(fmt::format("people of node {}, which crashed, are not closed yet", page.of.node),
                  closed.error());
}

void Writer::record_duties(const db::DutyPage& page) {
  if (!store_) return;
  const auto recorded = store_->record_duties(page);
  if (recorded) {
    log_debug("{} rows that say what was done with the record are in the ledger", *recorded);
  } else {
    leave_for_later("what was done with the record is not in the ledger yet", recorded.error());
  }
}

void Writer::leave_for_later(std::string_view what, const Error& error) {
  log_warning("{}: {}", what, error.message);
  const bool gone = error.action == Action::reconnect || error.action == Action::in_doubt;
  if (gone) store_.reset();
}

bool Writer::tend_segments(const std::function<bool(std::uint64_t waiting)>& may_seal) {
  constexpr std::chrono::seconds kPause{10};
  if (!store_ || clock_.steady_now() < tend_at_) return false;
  const auto tended = store_->tend_segments(may_seal);
  if (tended) return *tended == db::Tended::a_step;
  log_warning("segments are not sealed for now, the record goes on: {}", tended.error().message);
  tend_at_ = clock_.steady_now() + kPause;
  const Action action = tended.error().action;
  if (action == Action::reconnect || action == Action::in_doubt) store_.reset();
  return false;
}

}  // namespace mgc::consumer
