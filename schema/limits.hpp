#pragma once

#include <cstddef>
#include <cstdint>

namespace mgc::schema {

/// The hard limits of the wire, checked wherever bytes enter. They bound the memory of every
/// stage: a stage holds at most its capacity times kPackBytesMax (or kPackExpandedBytesMax while
/// one pack is decoded).
inline constexpr std::size_t kPackBytesMax = std::size_t{2} * 1024 * 1024;  ///< compressed body
inline constexpr std::size_t kPackExpandedBytesMax = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kPackEventsMax = 10'000;
inline constexpr std::size_t kEventBytesMax = std::size_t{3} * 512 * 1024;  ///< encoded event
inline constexpr std::size_t kContentBytesMax = std::size_t{1024} * 1024;
inline constexpr std::size_t kNameBytesMax = 1024;  ///< uris, names, e-mail addresses
inline constexpr std::size_t kDutyDetailsBytesMax = std::size_t{256} * 1024;
inline constexpr std::size_t kUrlBytesMax = 4096;
inline constexpr std::size_t kNodeBytesMax = 255;
inline constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 63U) - 1;  ///< fits SQL bigint
inline constexpr int kNestingMax = 8;
inline constexpr std::uint32_t kPackVersion = 1;
inline constexpr std::uint32_t kRedactedPackVersion = 2;  ///< of packs that are kept, never sent

}  // namespace mgc::schema
