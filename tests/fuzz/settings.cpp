// What operators write: the settings file, database strings, broker URLs, addresses.
#include <CLI/CLI.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "db/dsn.hpp"
#include "db/mariadb/server_options.hpp"
#include "db/mssql/options.hpp"
#include "db/odbc/connection_string.hpp"
#include "db/postgresql/server_options.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "transport/broker.hpp"

namespace mgc::fuzz {
namespace {

/// Longer texts only make longer messages.
constexpr std::size_t kTextMax = 500;
constexpr std::string_view kSecret = "Tr0ub4dor";

void require_hides_the_secret(const Error& error) {
  require_fit_to_show(error);
  require(error.message.find(kSecret) == std::string::npos, "no message shows a password");
}

/// As main() reads the settings of a command.
void check_config(std::size_t which, ByteView content) {
  static const Folder folder;
  static const std::vector<std::vector<std::string>> commands = {
      {"mgc", "queue"},
      {"mgc", "consume"},
      {"mgc", "node", "replay", "a.log"},
      {"mgc", "node", "simulate"},
      {"mgc", "audit", "search"},
      {"mgc", "demo"},
      {"mgc", "settings"},
  };
  const auto file = folder / "mgc.toml";
  write_file(file, content);
  std::vector<std::string> words = commands[which % commands.size()];
  words.insert(words.begin() + 1, {"--config", file.string()});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  app::Context context;
  CLI::App app;
  app::add_commands(app, context);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
    require(static_cast<bool>(context.run), "a command is chosen");
    require(log_level_from_name(context.log_level).has_value(), "and its settings are checked");
  } catch (const CLI::ParseError& error) {
    std::ostringstream shown;
    require(app.exit(error, shown, shown) == 0 || !shown.str().empty(), "an error is explained");
  }
}

void check_odbc(ByteView text) {
  const auto parsed = db::odbc::ConnectionString::parse(text);
  if (!parsed) return require_fit_to_show(parsed.error());
  const auto again = db::odbc::ConnectionString::parse(parsed->text());
  require(again && again->text() == parsed->text(), "the driver reads what we read");
}

/// A password in the text is refused, and not shown.
template <typename Parsed>
void check_refusal(const Result<Parsed>& parsed, bool plain) {
  if (!parsed) return require_hides_the_secret(parsed.error());
  require(!plain, "a password in the text is refused");
}

void check_database(ByteView text) {
  const auto dsn = db::parse_dsn(text);
  if (!dsn) require_fit_to_show(dsn.error());
  check_odbc(text);
  const auto postgresql = db::postgresql::parse_parameters(text);
  if (postgresql) {
    require(!postgresql->database.empty() && !postgresql->name.empty(), "a database is named");
    require(!db::postgresql::connect_string(*postgresql, "x", "").empty(), "and can be opened");
  } else {
    require_fit_to_show(postgresql.error());
  }
  const auto mariadb = db::mariadb::parse_parameters(text);
  if (!mariadb) require_fit_to_show(mariadb.error());
  const auto mssql = db::mssql::parse_options(text);
  if (!mssql) require_fit_to_show(mssql.error());

  const bool plain = text.find_first_of("'\"\\{}") == ByteView::npos;
  const std::string secret = "password=" + std::string(kSecret);
  check_refusal(db::postgresql::parse_parameters(std::string(text) + " " + secret), plain);
  check_refusal(db::mariadb::parse_parameters(std::string(text) + " " + secret), plain);
  check_refusal(db::mssql::parse_options(std::string(text) + ";PWD=" + std::string(kSecret)),
                plain);
}

void check_broker(ByteView text) {
  const auto url = transport::parse_broker_url(text);
  if (url) {
    require(url->port != 0 && !url->host.empty(), "a URL names a host and a port");
    const auto written = url->scheme + "://[" + url->host + "]:" + std::to_string(url->port);
    const auto again = transport::parse_broker_url(written);
    require(again && again->host == url->host && again->port == url->port,
            "a URL that was read can be written and read again");
  } else {
    require_fit_to_show(url.error());
  }
  const auto with_secret = std::string(text) + "user:" + std::string(kSecret) + "@h";
  const auto refused = transport::parse_broker_url(with_secret);
  require(!refused.has_value(), "a password in the URL is refused");
  require_hides_the_secret(refused.error());
  if (text.find("amqps") == ByteView::npos) {
    transport::BrokerOptions options;
    options.url = text;
    const auto urls = transport::check_broker(options);
    if (!urls) require_fit_to_show(urls.error());
    require(!urls || !urls->empty(), "one broker at least");
  }
  const auto address = transport::check_address(text);
  if (!address) require_fit_to_show(address.error());
  require(!address || (is_utf8(text) && !text.empty()), "an address is text");
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mgc::fuzz;
  Input input(data, size);
  const std::size_t mode = input.byte();
  // libFuzzer sees what is looked for; a text that has the secret in other places may show it.
  if (std::string_view(reinterpret_cast<const char*>(data), size).find(kSecret) !=
      std::string_view::npos) {
    return 0;
  }
  switch (mode % 4) {
    case 0: check_database(input.bytes(kTextMax)); break;
    case 1: check_broker(input.bytes(kTextMax)); break;
    default: check_config(mode / 4, input.rest());
  }
  return 0;
}
