#include "producer/simulate/simulator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "producer/simulate/words.hpp"
#include "schema/event_view.hpp"

namespace mgc::producer {
namespace {

using schema::EventKind;

struct Counts {
  std::map<EventKind, double> kinds;
  std::map<std::string, double> posts;  ///< by room class
  double seconds = 0;
};

Counts run(Profile profile, int events) {
  Simulator simulator({.profile = profile, .start = utc_from_micros(0)});
  Counts out;
  for (int at = 0; at < events; ++at) {
    const SimulatedEvent next = simulator.next();
    ++out.kinds[next.event.kind];
    if (next.event.kind == EventKind::chat) {
      ++out.posts[next.event.room->name.substr(0, next.event.room->name.find('-'))];
    }
    out.seconds = static_cast<double>(to_micros(next.event.occurred_at)) / 1e6;
  }
  return out;
}

TEST(Profiles, ReproduceTheCapacityTable) {
  const Rates one = rates_of(Profile::lync_model_1);
  EXPECT_NEAR(one.posts[0], 55.56, 0.01);
  EXPECT_NEAR(one.posts[1], 18.52, 0.01);
  EXPECT_NEAR(one.posts[2], 0.035, 0.001);
  EXPECT_NEAR(one.total(), 74.1 + 30, 0.1);
  const Rates two = rates_of(Profile::lync_model_2);
  EXPECT_NEAR(two.posts[0], 41.67, 0.01);
  EXPECT_NEAR(two.posts[1], 13.89, 0.01);
  EXPECT_NEAR(two.posts[2], 0.28, 0.01);
  EXPECT_NEAR(rates_of(Profile::storm).total(), 4'800, 1);
}

TEST(Profiles, AreKnownByName) {
  for (const Profile profile :
       {Profile::lync_model_1, Profile::lync_model_2, Profile::storm, Profile::max}) {
    EXPECT_EQ(profile_from_name(to_string(profile)), profile);
  }
  EXPECT_FALSE(profile_from_name("lync-model-3"));
}

TEST(Simulator, KeepsTheProportionsOfItsProfile) {
  constexpr int kEvents = 100'000;
  for (const Profile profile : {Profile::lync_model_1, Profile::lync_model_2}) {
    const Rates rates = rates_of(profile);
    Counts counts = run(profile, kEvents);
    const double scale = kEvents / rates.total();
    EXPECT_NEAR(counts.seconds, scale, scale * 0.02) << to_string(profile);
    EXPECT_NEAR(counts.kinds[EventKind::join], rates.joins * scale, 400);
    EXPECT_NEAR(counts.kinds[EventKind::part], rates.parts * scale, 400);
    EXPECT_NEAR(counts.kinds[EventKind::backchat], rates.history_views * scale, 400);
    EXPECT_NEAR(counts.posts["small"], rates.posts[0] * scale, 600);
    EXPECT_NEAR(counts.posts["medium"], rates.posts[1] * scale, 500);
    EXPECT_NEAR(counts.posts["large"], rates.posts[2] * scale, 60);
  }
}

TEST(Simulator, GivesTheSameEventsForTheSameSeed) {
  for (const Profile profile : {Profile::lync_model_1, Profile::storm, Profile::max}) {
    Simulator one({.profile = profile, .seed = 7});
    Simulator two({.profile = profile, .seed = 7});
    Simulator other({.profile = profile, .seed = 8});
    bool differs = false;
    for (int at = 0; at < 1'000; ++at) {
      const Bytes event = *schema::encode_event(one.next().event);
      EXPECT_EQ(event, *schema::encode_event(two.next().event));
      differs = differs || event != *schema::encode_event(other.next().event);
    }
    EXPECT_EQ(differs, profile != Profile::storm) << "a storm has nothing random";
  }
}

TEST(Simulator, TakesTheRateOfTheCaller) {
  Simulator simulator({.profile = Profile::lync_model_1, .events_per_second = 1'000});
  std::chrono::microseconds due{0};
  for (int at = 0; at < 20'000; ++at) {
    const SimulatedEvent next = simulator.next();
    EXPECT_GE(next.due, due);
    due = next.due;
  }
  EXPECT_NEAR(static_cast<double>(due.count()) / 1e6, 20, 0.6);
}

TEST(Simulator, MaxWithARateIsPaced) {
  Simulator simulator({.profile = Profile::max, .events_per_second = 100});
  EXPECT_EQ(simulator.next().due, std::chrono::milliseconds(10));
  EXPECT_EQ(simulator.next().due, std::chrono::milliseconds(20));
}

TEST(Simulator, StormTakesEverybodyThroughAllTheirRooms) {
  Simulator simulator({.profile = Profile::storm});
  std::set<std::string> rooms;
  for (std::uint32_t visit = 0; visit < kRoomsOfUser; ++visit) {
    const schema::Event part = simulator.next().event;
    const schema::Event join = simulator.next().event;
    const schema::Event view = simulator.next().event;
    EXPECT_EQ(part.kind, EventKind::part);
    EXPECT_EQ(join.kind, EventKind::join);
    EXPECT_EQ(view.kind, EventKind::backchat);
    EXPECT_EQ(part.actor->uri, "sip:user00001@example.org");
    EXPECT_EQ(part.room->uri, view.room->uri);
    rooms.insert(part.room->uri);
  }
  EXPECT_EQ(rooms.size(), kRoomsOfUser);
  EXPECT_EQ(simulator.next().event.actor->uri, "sip:user00002@example.org");
}

TEST(Simulator, MaxPostsAtOnceAndNumbersThePostsOfARoom) {
  Simulator simulator({.profile = Profile::max});
  std::map<std::string, std::int64_t> last;
  for (int at = 0; at < 10'000; ++at) {
    const SimulatedEvent next = simulator.next();
    EXPECT_EQ(next.due.count(), 0);
    EXPECT_EQ(next.event.kind, EventKind::chat);
    EXPECT_EQ(next.event.chat_id, ++last[next.event.room->uri]);
  }
}

TEST(Simulator, WritesMessagesOfTheMeasuredLengths) {
  std::uint64_t random = 1;
  double bytes = 0;
  double short_ones = 0;
  constexpr int kMessages = 20'000;
  for (int at = 0; at < kMessages; ++at) {
    const std::string message = make_message(next_random(random));
    bytes += static_cast<double>(message.size());
    const auto spaces = std::count(message.begin(), message.end(), ' ');
    if (!message.empty() && spaces < 8) ++short_ones;
  }
  EXPECT_NEAR(bytes / kMessages, 58.6, 8);
  EXPECT_NEAR(short_ones / kMessages, 0.5, 0.06);
}

}  // namespace
}  // namespace mgc::producer
