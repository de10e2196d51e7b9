#include "producer/simulate/simulator.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "producer/replay/names.hpp"
#include "producer/simulate/words.hpp"

namespace mgc::producer {
namespace {

using schema::EventKind;

constexpr std::string_view kHistoryQuery = "last 25";  // what the Lync client asks for
constexpr std::size_t kJoinedMax = 100'000;            // seats that are remembered for their parts

/// The number of a room in the pool, from its number in its class.
std::uint32_t pool_room(std::uint32_t room_class, std::uint32_t room) {
  std::uint32_t before = 0;
  for (std::uint32_t at = 0; at < room_class; ++at) before += kRoomClasses[at].rooms;
  return before + room;
}

/// The member `seat` of a room: each room has its own fixed part of the pool's users.
std::uint32_t member(std::uint32_t pool_room_number, std::uint32_t seat) {
  std::uint64_t state = pool_room_number;
  return static_cast<std::uint32_t>((next_random(state) + seat) % kUsers);
}

}  // namespace

Simulator::Simulator(SimulatorOptions options)
    : options_(std::move(options)), rates_(rates_of(options_.profile)), random_(options_.seed) {
  events_per_second_ = options_.events_per_second > 0 ? options_.events_per_second : rates_.total();
}

std::uint64_t Simulator::below(std::uint64_t limit) { return next_random(random_) % limit; }

double Simulator::fraction() {
  return static_cast<double>(next_random(random_) >> 11U) * 0x1.0p-53;
}

std::chrono::microseconds Simulator::next_due() {
  const bool even = options_.profile == Profile::storm || options_.profile == Profile::max;
  elapsed_seconds_ += (even ? 1.0 : -std::log(1.0 - fraction())) / events_per_second_;
  return std::chrono::microseconds{std::llround(elapsed_seconds_ * 1e6)};
}

SimulatedEvent Simulator::next() {
  SimulatedEvent out;
  const std::chrono::microseconds due = next_due();
  out.event = options_.profile == Profile::storm ? next_of_storm() : next_of_model();
  out.event.occurred_at = options_.start + due;
  if (options_.profile != Profile::max || options_.events_per_second > 0) out.due = due;
  return out;
}

/// Draws what happens next in the proportions of the rates.
schema::Event Simulator::next_of_model() {
  double draw = fraction() * rates_.total();
  draw -= rates_.joins;
  if (draw < 0) {
    const Seat seat = seat_in(class_of_join());
    joined_.push_back(seat);
    to_view_.push_back(seat);
    if (joined_.size() > kJoinedMax) joined_.pop_front();
    if (to_view_.size() > kJoinedMax) to_view_.pop_front();
    return make(EventKind::join, seat);
  }
  draw -= rates_.parts;
  if (draw < 0) {
    // At the beginning somebody leaves who was there before the simulation.
    Seat seat = joined_.empty() ? seat_in(class_of_join()) : joined_.front();
    if (!joined_.empty()) joined_.pop_front();
    return make(EventKind::part, seat);
  }
  draw -= rates_.history_views;
  if (draw < 0) {
    Seat seat = to_view_.empty() ? seat_in(class_of_join()) : to_view_.front();
    if (!to_view_.empty()) to_view_.pop_front();
    schema::Event out = make(EventKind::backchat, seat);
    out.content = kHistoryQuery;
    return out;
  }
  return post();
}

schema::Event Simulator::post() {
  double draw = fraction() * (rates_.posts[0] + rates_.posts[1] + rates_.posts[2]);
  std::uint32_t room_class = 0;
  while (room_class + 1 < kRoomClasses.size() && draw >= rates_.posts[room_class]) {
    draw -= rates_.posts[room_class++];
  }
  const Seat seat = seat_in(room_class);
  schema::Event out = make(EventKind::chat, seat);
  out.content = make_message(next_random(random_));
  out.chat_id = ++last_chat_ids_[pool_room(seat.room_class, seat.room)];
  return out;
}

/// PART, JOIN, BACKCHAT for each of the 24 rooms of each user of the lost node, then from the
/// beginning again.
schema::Event Simulator::next_of_storm() {
  constexpr std::array<EventKind, 3> kKinds = {EventKind::part, EventKind::join,
                                               EventKind::backchat};
  const std::uint64_t step = storm_step_++;
  const auto visit = static_cast<std::uint32_t>(step / 3 % kRoomsOfUser);
  Seat seat;
  seat.user = static_cast<std::uint32_t>(step / 3 / kRoomsOfUser % kUsersOfNode);
  // 24 rooms in the proportions 12 : 2 : 2 are 18 small, 3 medium and 3 large ones.
  seat.room_class = visit < 18 ? 0 : visit < 21 ? 1 : 2;
  const std::uint32_t nth = visit < 18 ? visit : visit < 21 ? visit - 18 : visit - 21;
  std::uint64_t start = seat.user;
  const std::uint32_t rooms = kRoomClasses[seat.room_class].rooms;
  seat.room = static_cast<std::uint32_t>((next_random(start) + nth) % rooms);
  schema::Event out = make(kKinds[step % kKinds.size()], seat);
  if (out.kind == EventKind::backchat) out.content = kHistoryQuery;
  return out;
}

Simulator::Seat Simulator::seat_in(std::uint32_t room_class) {
  Seat seat;
  seat.room_class = room_class;
  seat.room = static_cast<std::uint32_t>(below(kRoomClasses[room_class].rooms));
  seat.user = member(pool_room(room_class, seat.room),
                     static_cast<std::uint32_t>(below(kRoomClasses[room_class].users)));
  return seat;
}

std::uint32_t Simulator::class_of_join() {
  std::uint64_t total = 0;
  for (const RoomClass& each : kRoomClasses) total += each.rooms_per_user;
  std::uint64_t draw = below(total);
  std::uint32_t room_class = 0;
  while (draw >= kRoomClasses[room_class].rooms_per_user) {
    draw -= kRoomClasses[room_class++].rooms_per_user;
  }
  return room_class;
}

schema::Event Simulator::make(EventKind kind, const Seat& seat) const {
  const std::string room = fmt::format("{}-{}", kRoomClasses[seat.room_class].name, seat.room + 1);
  const std::string user = fmt::format("user{:05}", seat.user + 1);
  schema::Event out;
  out.kind = kind;
  out.room = schema::Room{room_uri(room, options_.domain), room};
  out.actor = schema::Person{person_uri(user, options_.domain), user, "", false};
  return out;
}

}  // namespace mgc::producer
