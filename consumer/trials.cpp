#include "consumer/trials.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {

Result<void> Trials::load(std::stop_token stop) {
  const auto all = writer_.given_up(Verdict::kAttemptsMax, stop);
  if (!all) return all.error();
  for (const schema::Digest& sha256 : *all) given_up_.add(sha256);
  return {};
}

Result<DecodedRecord> Trials::begin(DecodedRecord suspect, std::stop_token stop) {
  transport::Message& message = suspect.suspect->message;
  attempt_ = {reader_.hasher.sha256(message.body), shown_id(message.id), 0};
  const auto attempts = writer_.attempts_of(attempt_.sha256, stop);
  if (!attempts) return attempts.error();
  verdict_ = {*attempts};
  if (verdict_.give_up()) {
    given_up_.add(attempt_.sha256);
    const std::string reason =
        fmt::format("it ended the service {} times and is not looked into again", *attempts);
    log_error("message {} became a dead letter: {}", attempt_.message_id, reason);
    return DecodedRecord{std::move(suspect.token), std::nullopt,
                         db::DeadLetterRecord{attempt_.message_id, reason, std::move(message.body)},
                         std::nullopt};
  }
  attempt_.attempts = verdict_.marked();
  if (const auto marked = writer_.mark_attempt(attempt_, stop); !marked) return marked.error();
  return decode({std::move(suspect.token), std::move(*suspect.suspect)}, reader_);
}

void Trials::end(bool stored) {
  if (verdict_.give_up()) return;  // so that it stays given up
  attempt_.attempts = verdict_.after(stored);
  writer_.take_mark_away(attempt_);
}

}  // namespace mgc::consumer
