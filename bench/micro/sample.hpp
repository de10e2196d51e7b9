#pragma once

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "schema/event.hpp"
#include "schema/event_view.hpp"
#include "schema/pack.hpp"

namespace mgc::bench {

/// Events in a typical pack under load.
inline constexpr std::size_t kPackEvents = 200;

/// About 100 bytes of words in an order of their own for each `number`, so that a pack compresses
/// as chat does and not as one line repeated.
[[nodiscard]] inline std::string sample_text(std::uint64_t number) {
  static constexpr std::array<std::string_view, 32> kWords = {
      "does",   "anybody", "know",  "how",     "to",    "get",    "sound",  "back",
      "after",  "upgrade", "it",    "worked",  "disk",  "please", "kernel", "install",
      "try",    "with",    "sudo",  "restart", "maybe", "check",  "log",    "version",
      "driver", "nvidia",  "gnome", "screen",  "not",   "thanks", "yes",    "question"};
  std::mt19937_64 random(number);
  std::string text;
  while (text.size() < 100) text.append(kWords[random() % kWords.size()]).push_back(' ');
  return text;
}

/// A post of about 230 bytes on the wire; `number` makes each one different.
[[nodiscard]] inline schema::Event sample_event(std::uint64_t number) {
  schema::Event event;
  event.kind = schema::EventKind::chat;
  event.occurred_at = utc_from_micros(1'767'225'600'000'000 + static_cast<std::int64_t>(number));
  const std::string person = "person" + std::to_string(number % 97);
  event.room = schema::Room{"ma-chan://example.org/ubuntu", "Ubuntu"};
  event.actor = schema::Person{"sip:" + person + "@example.org", person, "", false};
  event.content = sample_text(number);
  event.chat_id = static_cast<std::int64_t>(number + 1);
  event.source = schema::Source{"2026-01-01.log", number + 1, ""};
  return event;
}

/// `count` encoded events.
[[nodiscard]] inline std::vector<Bytes> sample_wire(std::size_t count) {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(*schema::encode_event(sample_event(i)));
  return out;
}

[[nodiscard]] inline schema::PackHeader sample_header() {
  return {"node-1", 1, 1, 0, Bytes(32, '\x11')};
}

/// Tells the table how much one round of a benchmark does.
inline void count_events(benchmark::State& state, std::size_t events_a_round,
                         std::size_t bytes_a_round) {
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(events_a_round));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes_a_round));
}

}  // namespace mgc::bench
