#include "db/sqlite/connection.hpp"

// Debian's libsoci-dev says that it was built with Boost but does not depend on Boost's headers.
// The Boost support of SOCI is templates in its headers only, so leaving it out is safe.
#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "core/utf8.hpp"
#include "db/sqlite/error_map.hpp"

namespace mgc::db::sqlite {
namespace {

namespace fs = std::filesystem;

/// SOCI's header declares the SQLite API inside a namespace of its own; it is the same handle.
::sqlite3* native_handle(soci::session& session) {
  auto* backend = static_cast<soci::sqlite3_session_backend*>(session.get_backend());
  return reinterpret_cast<::sqlite3*>(backend->conn_);
}

Error bad_parameters(std::string_view why) {
  return Error{Action::stop,
               fmt::format("sqlite3://: {}; write sqlite3://db=FILE, with double quotes around a "
                           "name that holds spaces",
                           why)};
}

/// Takes the value in front of `rest`: quoted, or up to the next space.
Result<std::string> take_value(std::string_view& rest) {
  const bool quoted = !rest.empty() && (rest.front() == '"' || rest.front() == '\'');
  const char end = quoted ? rest.front() : ' ';
  if (quoted) rest.remove_prefix(1);
  const std::size_t size = rest.find(end);
  if (size == std::string_view::npos && quoted) return bad_parameters("a quote is not closed");
  std::string value(rest.substr(0, size));
  rest.remove_prefix(size == std::string_view::npos ? rest.size() : size + 1);
  return value;
}

Result<void> take_option(std::string_view key, const std::string& value, FileOptions& options) {
  if (key == "db" || key == "dbname") {
    options.file = value;
    return {};
  }
  if (key != "timeout") {
    return bad_parameters(fmt::format("unknown option \"{}\"", printable(key)));
  }
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, options.timeout_seconds);
  if (read.ec != std::errc{} || read.ptr != end || options.timeout_seconds < 0 ||
      options.timeout_seconds > 3600) {
    return bad_parameters("timeout is not a number of seconds from 0 to 3600");
  }
  return {};
}

/// Says what SQLite would only call "unable to open database file".
Result<void> check_path(const std::string& file, OpenMode mode) {
  std::error_code failed;
  const fs::path path(file);
  if (fs::is_directory(path, failed)) {
    return Error{Action::stop,
                 fmt::format("{} is a directory; name a database file in it", printable(file))};
  }
  if (fs::exists(path, failed)) return {};
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(directory, failed)) {
    return Error{Action::stop, fmt::format("{} cannot be opened: the directory {} does not exist; "
                                           "create it or name another file",
                                           printable(file), printable(directory.string()))};
  }
  if (mode == OpenMode::create) return {};
  return Error{Action::stop, fmt::format("{} does not exist; run mgc db init, or name another file",
                                         printable(file))};
}

std::string connect_string(const FileOptions& options, OpenMode mode) {
  return fmt::format("db=\"{}\" timeout={}{}", options.file, options.timeout_seconds,
                     writes(mode) ? "" : " readonly=true");
}

}  // namespace

Result<FileOptions> parse_parameters(std::string_view parameters) {
  FileOptions options;
  if (parameters.find('=') == std::string_view::npos) {
    options.file = parameters;
    parameters = {};
  }
  while (!parameters.empty()) {
    if (parameters.front() == ' ') {
      parameters.remove_prefix(1);
      continue;
    }
    const std::size_t equals = parameters.find('=');
    if (equals == std::string_view::npos) return bad_parameters("an option without a value");
    const std::string_view key = parameters.substr(0, equals);
    parameters.remove_prefix(equals + 1);
    const auto value = take_value(parameters);
    if (!value) return value.error();
    if (const auto taken = take_option(key, *value, options); !taken) return taken.error();
  }
  if (options.file.empty()) return bad_parameters("no file is named");
  if (options.file == ":memory:" || options.file.starts_with("file:")) {
    return bad_parameters("a URI or a database in memory keeps nothing");
  }
  if (options.file.find('"') != std::string::npos) {
    return bad_parameters("a file name with a double quote cannot be passed on");
  }
  return options;
}

Result<std::unique_ptr<Connection>> Connection::open(const FileOptions& options, OpenMode mode) {
  if (const auto checked = check_path(options.file, mode); !checked) return checked.error();
  try {
    auto session =
        std::make_unique<soci::session>(*soci::factory_sqlite3(), connect_string(options, mode));
    return std::make_unique<Connection>(std::move(session), options.file);
  } catch (const soci::sqlite3_soci_error& failure) {
    return make_error(failure.result(), Step::opening, options.file, failure.what());
  } catch (const std::exception& failure) {
    return Error{Action::stop, fmt::format("{} cannot be opened: {}", printable(options.file),
                                           printable(failure.what()))};
  }
}

Connection::Connection(std::unique_ptr<soci::session> session, std::string file)
    : session_(std::move(session)), handle_(native_handle(*session_)), file_(std::move(file)) {}

Connection::~Connection() = default;

}  // namespace mgc::db::sqlite
