#include "app/author.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string>

namespace mgc::app {
namespace {

std::string os_user() {
  std::array<char, 16'384> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const bool known = ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
                     found != nullptr;
  return known ? std::string(found->pw_name) : fmt::format("uid {}", ::geteuid());
}

std::string host() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

db::DutyAuthor author() { return {os_user(), host()}; }

}  // namespace mgc::app
