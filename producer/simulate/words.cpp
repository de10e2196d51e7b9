#include "producer/simulate/words.hpp"

#include <array>
#include <string_view>

namespace mgc::producer {
namespace {

/// Words in a post at 0 %, 5 %, 10 % ... 100 % of the measured posts.
constexpr std::array<std::uint32_t, 21> kWordQuantiles = {0, 1, 2,  2,  3,  4,  4,  5,  6,  7, 8,
                                                          8, 9, 11, 12, 13, 15, 18, 22, 29, 94};

constexpr std::array<std::string_view, 192> kWords = {
    "the",      "to",       "a",        "of",      "and",    "in",     "is",      "for",
    "on",       "it",       "with",     "that",    "we",     "you",    "I",       "be",
    "this",     "at",       "have",     "not",     "are",    "by",     "from",    "as",
    "can",      "will",     "was",      "or",      "if",     "but",    "they",    "all",
    "our",      "your",     "my",       "so",      "do",     "no",     "yes",     "ok",
    "up",       "out",      "now",      "just",    "what",   "when",   "who",     "how",
    "why",      "there",    "here",     "then",    "than",   "some",   "more",    "any",
    "about",    "after",    "before",   "again",   "also",   "please", "thanks",  "sure",
    "today",    "tomorrow", "morning",  "week",    "Monday", "Friday", "month",   "hour",
    "meeting",  "call",     "mail",     "note",    "report", "plan",   "draft",   "review",
    "ticket",   "issue",    "order",    "invoice", "price",  "budget", "client",  "customer",
    "team",     "office",   "room",     "desk",    "phone",  "number", "list",    "file",
    "server",   "database", "release",  "build",   "test",   "change", "update",  "version",
    "trade",    "market",   "position", "limit",   "risk",   "quote",  "buy",     "sell",
    "open",     "close",    "high",     "low",     "rate",   "volume", "desk",    "client",
    "send",     "get",      "see",      "look",    "check",  "know",   "think",   "need",
    "want",     "make",     "take",     "give",    "find",   "ask",    "tell",    "work",
    "works",    "done",     "ready",    "late",    "early",  "soon",   "still",   "already",
    "new",      "old",      "good",     "bad",     "same",   "other",  "next",    "last",
    "first",    "second",   "one",      "two",     "three",  "ten",    "hundred", "half",
    "question", "answer",   "problem",  "reason",  "idea",   "point",  "part",    "place",
    "right",    "wrong",    "left",     "quite",   "very",   "much",   "many",    "few",
    "could",    "would",    "should",   "might",   "must",   "may",    "does",    "did",
    "has",      "had",      "been",     "its",     "their",  "them",   "him",     "her"};

std::uint32_t word_count(std::uint64_t random) {
  const std::size_t slice = random % 20;
  const std::uint32_t least = kWordQuantiles[slice];
  const std::uint32_t most = kWordQuantiles[slice + 1];
  return least + static_cast<std::uint32_t>((random >> 32U) % (most - least + 1));
}

}  // namespace

std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

std::string make_message(std::uint64_t random) {
  std::string out;
  const std::uint32_t count = word_count(next_random(random));
  for (std::uint32_t at = 0; at < count; ++at) {
    if (at > 0) out.push_back(' ');
    // The smaller of two draws: the words at the front of the list are the frequent ones.
    const std::uint64_t draw = next_random(random);
    const std::size_t one = (draw & 0xFFFFFFFFU) % kWords.size();
    const std::size_t two = (draw >> 32U) % kWords.size();
    out += kWords[one < two ? one : two];
  }
  return out;
}

}  // namespace mgc::producer
