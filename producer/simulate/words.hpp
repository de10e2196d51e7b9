#pragma once

#include <cstdint>
#include <string>

namespace mgc::producer {

/// A message of everyday office words, as a function of `random` alone.
///
/// Its number of words follows posts of people: the 5 % quantiles of 121,608 posts of the #ubuntu
/// channel (Kummerfeld et al., ACL 2019; half have 8 words or fewer, the mean is 10.3, 1 in 20 has
/// 29 or more). That Persistent Chat rooms are alike in this is an assumption; Microsoft gives no
/// message sizes. Words are short for the same reason: 58 bytes a post on average.
[[nodiscard]] std::string make_message(std::uint64_t random);

/// One step of a fast generator (SplitMix64), the same on every platform.
[[nodiscard]] std::uint64_t next_random(std::uint64_t& state);

}  // namespace mgc::producer
