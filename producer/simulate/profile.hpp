#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mgc::producer {

/// The loads that can be simulated.
enum class Profile : std::uint8_t {
  lync_model_1,  ///< posts by room: 50, 500 and 100 a day in small, medium and large rooms
  lync_model_2,  ///< posts by user: 15, 5 and 0.1 a day into small, medium and large rooms
  storm,         ///< everybody of a lost node signs in again: PART, JOIN, BACKCHAT for each room
  max,           ///< posts alone, as fast as they are taken
};

[[nodiscard]] std::string_view to_string(Profile profile);
/// "lync-model-1", "lync-model-2", "storm", "max".
[[nodiscard]] std::optional<Profile> profile_from_name(std::string_view name);

/// Rooms of one size, as Microsoft's capacity table for Persistent Chat counts them.
struct RoomClass {
  std::string_view name;  ///< first part of the rooms' names
  std::uint32_t rooms = 0;
  std::uint32_t users = 0;           ///< connected users of each room
  std::uint32_t rooms_per_user = 0;  ///< of this size, that a user has joined; the weight of joins
};

/// Source: Lync Server 2013, "Capacity planning for Persistent Chat Server": 80,000 users of a pool
/// of four servers, 33,077 rooms.
inline constexpr std::array<RoomClass, 3> kRoomClasses = {{
    {"small", 32'000, 30, 12},
    {"medium", 1'067, 150, 2},
    {"large", 10, 16'000, 2},
}};
inline constexpr std::uint32_t kUsers = 80'000;
inline constexpr std::uint32_t kUsersOfNode = 20'000;
/// Rooms that a user of the tested load has joined; in the proportions of rooms_per_user.
inline constexpr std::uint32_t kRoomsOfUser = 24;

/// Events a second of a profile. 0 = none of that kind.
struct Rates {
  std::array<double, 3> posts{};  ///< by room class
  double joins = 0;
  double parts = 0;
  double history_views = 0;

  [[nodiscard]] double total() const {
    return posts[0] + posts[1] + posts[2] + joins + parts + history_views;
  }
};

/// The table's own figures. Posts a second are posts a room a day over a day of eight hours, which
/// reproduces the table (74 and 56). The table's "peak join rate 10/s" is taken as ten room joins;
/// each join brings one history view, since the client asks for the last posts of a room that it
/// has joined, and people leave as often as they come. `storm` is 1.44 million events in 300 s;
/// `max` has no rate of its own: 100,000 only spaces the times that its posts bear.
[[nodiscard]] Rates rates_of(Profile profile);

}  // namespace mgc::producer
