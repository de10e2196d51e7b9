#include "producer/simulate/profile.hpp"

#include "core/assert.hpp"

namespace mgc::producer {
namespace {

constexpr double kDaySeconds = 8 * 3600;
constexpr std::array<Profile, 4> kProfiles = {Profile::lync_model_1, Profile::lync_model_2,
                                              Profile::storm, Profile::max};

Rates model(std::array<double, 3> posts_per_day) {
  constexpr double kPeakJoins = 10;
  Rates out;
  for (std::size_t at = 0; at < posts_per_day.size(); ++at) {
    out.posts[at] = posts_per_day[at] / kDaySeconds;
  }
  out.joins = kPeakJoins;
  out.parts = kPeakJoins;
  out.history_views = kPeakJoins;
  return out;
}

/// Posts a day in all rooms, from posts a day in one room of each class.
std::array<double, 3> by_room(std::array<double, 3> posts) {
  for (std::size_t at = 0; at < posts.size(); ++at) posts[at] *= kRoomClasses[at].rooms;
  return posts;
}

}  // namespace

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::lync_model_1: return "lync-model-1";
    case Profile::lync_model_2: return "lync-model-2";
    case Profile::storm: return "storm";
    case Profile::max: return "max";
  }
  fail_assertion("a known profile", "", __FILE__, __LINE__);
}

std::optional<Profile> profile_from_name(std::string_view name) {
  for (const Profile profile : kProfiles) {
    if (name == to_string(profile)) return profile;
  }
  return std::nullopt;
}

Rates rates_of(Profile profile) {
  const Rates model_1 = model(by_room({50, 500, 100}));
  switch (profile) {
    case Profile::lync_model_1: return model_1;
    case Profile::lync_model_2: return model({15.0 * kUsers, 5.0 * kUsers, 0.1 * kUsers});
    case Profile::storm: {
      Rates out;
      out.joins = out.parts = out.history_views = kUsersOfNode * double{kRoomsOfUser} / 300;
      return out;
    }
    case Profile::max: {
      Rates out;
      const double posts = model_1.posts[0] + model_1.posts[1] + model_1.posts[2];
      for (std::size_t at = 0; at < out.posts.size(); ++at) {
        out.posts[at] = model_1.posts[at] / posts * 100'000;
      }
      return out;
    }
  }
  fail_assertion("a known profile", "", __FILE__, __LINE__);
}

}  // namespace mgc::producer
