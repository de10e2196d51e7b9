#include "app/author.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
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

std::string text_in(const std::string& details, const char* key) {
  const auto document = nlohmann::json::parse(details, nullptr, false);
  if (!document.is_object()) return "";
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace mgc::app
