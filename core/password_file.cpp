#include "core/password_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "core/utf8.hpp"

namespace mgc {
namespace {

/// Longer ones are files that were named by mistake. A line and its end have to fit.
constexpr std::size_t kPasswordBytesMax = 1024;

}  // namespace

Result<std::string> read_password(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  const auto fault = [&](std::string_view what) {
    return Error{Action::stop,
                 fmt::format("the password file {} {}", printable(file.string()), what)};
  };
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::is_regular_file(status)) return fault("is not a file; name one that holds the password");
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  if ((status.permissions() & kOthers) != fs::perms::none) {
    return fault("can be read by others; run chmod 600 on it");
  }
  std::ifstream stream(file, std::ios::binary);
  std::array<char, kPasswordBytesMax + 2> bytes{};
  stream.read(bytes.data(), bytes.size());
  std::string password(bytes.data(), static_cast<std::size_t>(stream.gcount()));
  password.resize(std::min(password.find('\n'), password.size()));
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return fault("cannot be read or holds nothing in its first line");
  if (password.size() > kPasswordBytesMax) {
    return fault(
        fmt::format("has a first line of more than {} bytes; name one that holds the "
                    "password",
                    kPasswordBytesMax));
  }
  if (password.find('\0') != std::string::npos) return fault("holds NUL");
  return password;
}

}  // namespace mgc
