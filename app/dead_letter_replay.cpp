#include "app/dead_letter_replay.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/guarded.hpp"
#include "core/utf8.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "transport/sender.hpp"

namespace mgc::app {
namespace {

constexpr std::chrono::seconds kAnswerWait{30};
constexpr std::chrono::seconds kAgainAfter{1};

/// The message that the letter was. A body that is larger than a pack can be was kept as the whole
/// AMQP message, and goes out as that; in another one around it, it would be another dead letter.
Result<transport::Message> message_of(const db::DeadLetter& letter, Bytes raw) {
  transport::Message message;
  message.encoded = raw.size() > schema::kPackBytesMax;
  message.body = std::move(raw);
  if (message.encoded) {
    if (auto whole = transport::check_encoded(message.body); !whole) return whole.error();
    return message;
  }
  message.id = letter.message_id;
  if (letter.pack) message.group = letter.pack->node;
  message.content_type = schema::kPackContentType;
  message.content_encoding = schema::kPackContentEncoding;
  return message;
}

class Replay {
 public:
  Replay(db::DeadLetters& letters, const BrokerFlags& flags, const Clock& clock,
         std::stop_token stop, const std::function<void(std::uint64_t)>& progress)
      : letters_(letters),
        flags_(flags),
        clock_(clock),
        stop_(std::move(stop)),
        progress_(progress) {}

  Result<void> connect() {
    transport::SenderOptions options;
    options.broker = broker_options(flags_, "mgc-dead-letters");
    options.address = flags_.address;
    auto sender = transport::Sender::start(
        options, [this](std::uint64_t tag, transport::Outcome outcome, const std::string& reason) {
          auto answer = answer_.lock();
          if (answer->tag == tag) answer->outcome = std::pair(outcome, reason);
          answer.notify_all();
        });
    if (!sender) return sender.error();
    sender_ = std::move(*sender);
    return sender_->wait_open(clock_.steady_now() + transport::first_answer_wait(options.broker));
  }

  Result<void> send(const db::DeadLetter& letter) {
    auto raw = letters_.raw(letter);
    if (!raw && raw.error().action != Action::stop) return raw.error();
    auto message =
        raw ? message_of(letter, std::move(*raw)) : Result<transport::Message>(raw.error());
    if (!message) {
      note(letter, printable(message.error().message));
      return {};
    }
    auto outcome = deliver(*message);
    if (!outcome) return outcome.error();
    note(letter, std::move(*outcome));
    return {};
  }
  void skip() { ++sum_.skipped; }
  [[nodiscard]] LetterReplay take_sum() { return std::move(sum_); }

 private:
  using Answered = std::optional<std::pair<transport::Outcome, std::string>>;
  struct Answer {
    std::uint64_t tag = 0;
    Answered outcome;
  };

  /// Sends until the broker has decided; "accepted", or why it was not.
  Result<std::string> deliver(const transport::Message& message) {
    const SteadyTime deadline = clock_.steady_now() + kAnswerWait;
    std::string why;
    do {
      const std::uint64_t tag = ++tag_;
      *answer_.lock() = Answer{tag, std::nullopt};
      if (auto sent = sender_->send(message, tag, deadline, stop_); !sent) return sent.error();
      const Answered answered = wait(deadline, true);
      if (!answered) break;
      if (answered->first == transport::Outcome::accepted) return std::string("accepted");
      if (answered->first == transport::Outcome::rejected) return answered->second;
      why = answered->second;
      (void)wait(std::min(deadline, clock_.steady_now() + kAgainAfter), false);
    } while (clock_.steady_now() < deadline && !stop_.stop_requested());
    return Error{Action::reconnect,
                 fmt::format("'{}' gave no answer{}{}; run the same command again: what the queue "
                             "has twice is stored once",
                             flags_.address, why.empty() ? "" : ": ", why)};
  }
  /// The answer to the message that is under way, or nothing after `deadline`.
  Answered wait(SteadyTime deadline, bool for_answer) {
    const std::stop_callback wake(stop_, [this] { answer_.lock().notify_all(); });
    auto answer = answer_.lock();
    answer.wait_until(deadline, [&](const Answer& now) {
      return stop_.stop_requested() || (for_answer && now.outcome);
    });
    return answer->outcome;
  }
  void note(const db::DeadLetter& letter, std::string outcome) {
    const bool accepted = outcome == "accepted";
    ++(accepted ? sum_.accepted : sum_.refused);
    if (sum_.letters.size() < LetterReplay::kListed) {
      sum_.letters.push_back({letter.id(), letter.message_id, std::move(outcome), accepted});
    }
    if (progress_) progress_(sum_.accepted + sum_.refused);
  }

  db::DeadLetters& letters_;
  const BrokerFlags& flags_;
  const Clock& clock_;
  const std::stop_token stop_;
  const std::function<void(std::uint64_t)>& progress_;
  std::uint64_t tag_ = 0;
  LetterReplay sum_;
  Guarded<Answer> answer_;
  std::unique_ptr<transport::Sender> sender_;  // last: its thread uses answer_
};

/// All of `ids`, before any of them is sent.
Result<std::vector<db::DeadLetter>> find_all(db::DeadLetters& letters,
                                             const std::vector<std::int64_t>& ids,
                                             const std::string& address) {
  std::vector<db::DeadLetter> found;
  for (const std::int64_t id : ids) {
    auto letter = letters.find(id);
    if (!letter) return letter.error();
    if (!*letter) return Error{Action::stop, fmt::format("there is no dead letter {}", id)};
    if ((*letter)->lane != address) {
      return Error{Action::stop, fmt::format("dead letter {} came from the queue '{}'; replay it "
                                             "there: --address",
                                             id, (*letter)->lane)};
    }
    found.push_back(std::move(**letter));
  }
  return found;
}

}  // namespace

Result<LetterReplay> replay_letters(db::DeadLetters& letters, const std::vector<std::int64_t>& ids,
                                    const BrokerFlags& flags, const Clock& clock,
                                    std::stop_token stop,
                                    const std::function<void(std::uint64_t)>& progress) {
  const auto chosen = find_all(letters, ids, flags.address);
  if (!chosen) return chosen.error();
  Replay replay(letters, flags, clock, stop, progress);
  if (auto connected = replay.connect(); !connected) return connected.error();
  for (const db::DeadLetter& letter : *chosen) {
    if (auto sent = replay.send(letter); !sent) return sent.error();
  }
  if (!ids.empty()) return replay.take_sum();
  const auto sent = letters.each([&](const db::DeadLetter& letter) -> Result<bool> {
    if (letter.lane != flags.address) return true;
    const auto state = letters.pack_state(letter);
    if (!state) return state.error();
    if (*state == db::PackState::stored) {
      replay.skip();
      return true;
    }
    if (auto done = replay.send(letter); !done) return done.error();
    return true;
  });
  if (!sent) return sent.error();
  return replay.take_sum();
}

}  // namespace mgc::app
