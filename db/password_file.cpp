#include "db/password_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/utf8.hpp"

namespace mgc::db {

Result<std::string> read_password(const std::string& file) {
  namespace fs = std::filesystem;
  const auto fault = [&](std::string_view what) {
    return Error{Action::stop, fmt::format("password_file {} {}", printable(file), what)};
  };
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::is_regular_file(status)) return fault("is not a file; name one that holds the password");
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  if ((status.permissions() & kOthers) != fs::perms::none) {
    return fault("can be read by others; run chmod 600 on it");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string password;
  std::getline(stream, password);
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return fault("cannot be read or holds nothing in its first line");
  if (password.find('\0') != std::string::npos) return fault("holds NUL");
  return password;
}

}  // namespace mgc::db
