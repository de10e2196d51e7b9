// How a PostgreSQL server is reached, and what is said when it cannot be.
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <set>
#include <thread>

#include "db/dictionary.hpp"
#include "db/session.hpp"
#include "tests/store/postgresql_server.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::test {
namespace {

std::string setting(const char* server, const char* name) {
  const auto value = test::server(server).at(name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class PostgresqlConnection : public ::testing::Test {
 protected:
  Error refused(const std::string& dsn, db::OpenMode mode = db::OpenMode::read_write) {
    const auto session = db::open_session(dsn, mode);
    if (session) return Error{Action::retry, "it was opened"};
    EXPECT_EQ(session.error().message.find(setting("postgresql", "password")), std::string::npos);
    EXPECT_EQ(session.error().message.find('\n'), std::string::npos);
    return session.error();
  }
  static void expect(const Error& error, Action action, const std::string& said) {
    EXPECT_EQ(error.action, action) << error.message;
    EXPECT_NE(error.message.find(said), std::string::npos) << error.message;
  }
  /// TCP with the name `host` in front of the server's address.
  std::string named(const std::string& host, const std::string& rest) {
    return fmt::format(
        "postgresql://host={} hostaddr=127.0.0.1 port={} user={} password_file={} dbname={} {}",
        host, setting("postgresql", "port"), setting("postgresql", "user"),
        setting("postgresql", "password_file"), engine_.database(), rest);
  }

  PostgresqlEngine engine_;
  FakeClock clock_;
};

TEST_F(PostgresqlConnection, TheServerIsVerifiedByCaAndName) {
  const std::string right = "sslmode=verify-full sslrootcert=" + setting("tls", "ca");
  const auto session = must(db::open_session(named("localhost", right), db::OpenMode::read_write));
  const auto status = must(session->describe());
  const auto tls =
      std::ranges::find(status.settings, "tls", &std::pair<std::string, std::string>::first);
  ASSERT_NE(tls, status.settings.end());
  EXPECT_TRUE(tls->second.starts_with("TLSv1.")) << tls->second;
  EXPECT_TRUE(status.warnings.empty());

  expect(
      refused(named("localhost", "sslmode=verify-full sslrootcert=" + setting("tls", "other_ca"))),
      Action::stop, "certificate verify failed");
  expect(refused(named("db.example.org", right)), Action::stop, "does not match host name");
  // Nothing said about TLS: the server of another name is verified all the same.
  expect(refused(named("db.example.org", "sslrootcert=" + setting("tls", "ca"))), Action::stop,
         "does not match host name");
  expect(refused(named("db.example.org", "sslrootcert=/no/such/ca.pem")), Action::stop,
         "sslrootcert=FILE");
}

TEST_F(PostgresqlConnection, WhoGivesVerificationUpIsTold) {
  const auto session =
      must(db::open_session(named("db.example.org", "sslmode=require"), db::OpenMode::read_only));
  const auto status = must(session->describe());
  ASSERT_EQ(status.warnings.size(), 1U);
  EXPECT_NE(status.warnings[0].find("verify-full"), std::string::npos) << status.warnings[0];
}

/// Speaks PostgreSQL's first word and then TLS, with a certificate of the test's choice.
class FakeTlsServer {
 public:
  FakeTlsServer(const std::string& certificate, const std::string& key)
      : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
      throw std::runtime_error("no certificate");
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listener");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { run(); });
  }
  ~FakeTlsServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends accept()
    thread_.join();
    ::close(listener_);
  }
  FakeTlsServer(const FakeTlsServer&) = delete;
  FakeTlsServer& operator=(const FakeTlsServer&) = delete;
  [[nodiscard]] int port() const { return port_; }

 private:
  void run() {
    sigset_t broken_pipe;  // the client hangs up in the middle, as it should
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      char request[8];  // SSLRequest
      if (::recv(client, request, sizeof(request), MSG_WAITALL) != sizeof(request)) continue;
      if (::send(client, "S", 1, MSG_NOSIGNAL) != 1) continue;
      const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), &SSL_free);
      SSL_set_fd(tls.get(), client);
      SSL_accept(tls.get());
    }
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::jthread thread_;
};

TEST_F(PostgresqlConnection, AnExpiredCertificateIsRefused) {
  const auto dsn = [](int port) {
    return fmt::format(
        "postgresql://host=localhost port={} dbname=x sslmode=verify-full"
        " sslrootcert={}",
        port, setting("tls", "ca"));
  };
  const FakeTlsServer expired(setting("tls", "expired_cert"), setting("tls", "expired_key"));
  expect(refused(dsn(expired.port())), Action::stop, "certificate verify failed");
  const FakeTlsServer wrong(setting("tls", "wrong_name_cert"), setting("tls", "wrong_name_key"));
  expect(refused(dsn(wrong.port())), Action::stop, "does not match host name");
}

TEST_F(PostgresqlConnection, GoesThroughAUnixSocketToo) {
  const auto session = must(db::open_session(
      fmt::format("postgresql://host={} port={} user={} password_file={} dbname={}",
                  setting("postgresql", "socket_dir"), setting("postgresql", "port"),
                  setting("postgresql", "user"), setting("postgresql", "password_file"),
                  engine_.database()),
      db::OpenMode::read_write));
  EXPECT_EQ(must(session->query_number("SELECT 1")), 1);
  EXPECT_TRUE(session->name().starts_with(setting("postgresql", "socket_dir")));
}

TEST_F(PostgresqlConnection, ASchemaInsideADatabaseStandsAlone) {
  static_cast<void>(engine_.run("CREATE TABLE of_somebody_else (x integer)"));
  const std::string dsn = engine_.dsn() + " schema=hr";
  must(db::init_database(dsn, db::Schema::mgccomp, clock_));
  must(db::init_database(dsn, db::Schema::mgc, clock_));
  db::StoreOptions options;
  options.holder = "h";
  const auto store = must(db::ComplianceStore::open(dsn, options, clock_));
  ASSERT_TRUE(must(store->take_lease()));
  options.lane = "second";
  const auto second = must(db::ComplianceStore::open(dsn, options, clock_));
  ASSERT_TRUE(must(second->take_lease()));
  EXPECT_EQ(must(db::ComplianceReader::open(dsn))->count().value().events, 0U);
  EXPECT_EQ(engine_.run("SELECT count(*) FROM hr.event UNION ALL SELECT count(*) FROM hr_audit.lane"
                        " UNION ALL SELECT count(*) FROM hr_audit.event_2"),
            (std::vector<std::string>{"0", "2", "0"}));
  const auto status = must(db::database_status(dsn));
  EXPECT_TRUE(status.instance.ends_with(engine_.database() + " schema hr")) << status.instance;
}

TEST_F(PostgresqlConnection, ADatabaseThatIsMissingIsMadeByInitOnly) {
  const std::string dsn = engine_.second_dsn();
  expect(refused(dsn), Action::stop, "mgc db init");
  must(db::init_database(dsn, db::Schema::mgccomp, clock_));
  PostgresqlClient second(engine_.database() + "_second");
  EXPECT_EQ(second.run("SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database"
                       " WHERE datname = current_database()"),
            (std::vector<std::string>{"UTF8", "C"}));
}

TEST_F(PostgresqlConnection, WhoMayNotMakeADatabaseIsToldWhoMay) {
  const std::string user = engine_.database() + "_nobody";
  static_cast<void>(engine_.run("CREATE ROLE " + user + " LOGIN PASSWORD 'word'"));
  const TempDir directory;
  std::ofstream(directory / "password") << "word";
  std::filesystem::permissions(directory / "password", std::filesystem::perms::owner_read);
  const std::string as = fmt::format(
      "postgresql://host=127.0.0.1 port={} user={} password_file={} dbname={}",
      setting("postgresql", "port"), user, (directory / "password").string(), engine_.database());
  expect(refused(as + "_second", db::OpenMode::create), Action::stop, "administrator");
  // It may enter the database that is there, and finds that it may not make a schema in it.
  expect(refused(as + " schema=mine", db::OpenMode::create), Action::stop, "42501");
  static_cast<void>(engine_.run("DROP ROLE " + user));
}

TEST_F(PostgresqlConnection, AWrongPasswordIsStop) {
  const TempDir directory;
  std::ofstream(directory / "password") << "canary-of-a-password";
  std::filesystem::permissions(directory / "password", std::filesystem::perms::owner_read);
  const auto error =
      refused(fmt::format("postgresql://host=127.0.0.1 port={} user={} password_file={} dbname={}",
                          setting("postgresql", "port"), setting("postgresql", "user"),
                          (directory / "password").string(), engine_.database()));
  expect(error, Action::stop, "28P01");
  EXPECT_EQ(error.message.find("canary"), std::string::npos) << error.message;
}

TEST_F(PostgresqlConnection, AServerThatIsNotThereIsReconnect) {
  expect(refused("postgresql://host=127.0.0.1 port=1 dbname=x user=x"), Action::reconnect,
         "Connection refused");
  expect(refused("postgresql://host=/no/such/directory dbname=x user=x"), Action::reconnect,
         "Is the server running");
}

TEST_F(PostgresqlConnection, OnlyUtf8IsGoodEnough) {
  PostgresqlClient client("postgres");
  static_cast<void>(
      client.run(fmt::format("CREATE DATABASE {}_second TEMPLATE template0 ENCODING 'LATIN1'"
                             " LC_COLLATE 'C' LC_CTYPE 'C'",
                             engine_.database())));
  expect(refused(engine_.second_dsn(), db::OpenMode::create), Action::stop, "UTF-8");
}

TEST_F(PostgresqlConnection, WritersAreDurableWhateverTheDatabaseSays) {
  for (const auto& [set, expected] : {std::pair("off", "on"), std::pair("local", "on"),
                                      std::pair("remote_write", "remote_write")}) {
    static_cast<void>(engine_.run(
        fmt::format("ALTER DATABASE {} SET synchronous_commit = {}", engine_.database(), set)));
    const auto session = must(db::open_session(engine_.dsn(), db::OpenMode::read_write));
    std::string used;
    must(session->query("SELECT current_setting('synchronous_commit')", {}, [&](const auto& row) {
      used = row.text(0);
      return true;
    }));
    EXPECT_EQ(used, expected);
  }
}

TEST_F(PostgresqlConnection, ATableThatACrashEmptiesIsAFault) {
  must(db::init_database(engine_.dsn(), db::Schema::mgccomp, clock_));
  static_cast<void>(engine_.run("ALTER TABLE pack SET UNLOGGED"));
  const auto status = must(db::database_status(engine_.dsn()));
  ASSERT_EQ(status.warnings.size(), 1U);
  EXPECT_NE(status.warnings[0].find("pack"), std::string::npos) << status.warnings[0];
  const auto store = db::ComplianceStore::open(engine_.dsn(), {.holder = "h"}, clock_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().action, Action::stop);
}

TEST_F(PostgresqlConnection, NamesAsLongAsTheyMayBeAreKeptApart) {
  must(db::init_database(engine_.dsn(), db::Schema::mgccomp, clock_));
  const auto session = must(db::open_session(engine_.dsn(), db::OpenMode::read_write));
  // Text that does not compress, of 3 KiB together: more than a B-tree takes.
  const auto name = [](int seed) {
    std::string text;
    for (unsigned i = 0, x = static_cast<unsigned>(seed); i < 1024; ++i) {
      x = x * 1664525U + 1013904223U;
      text += static_cast<char>('!' + (x >> 24U) % 90U);
    }
    return text;
  };
  const auto learn = [&](const std::string& uri, const std::string& email) {
    const std::string called = name(2);
    const schema::PersonView person{uri, called, email, false};
    return must(db::Dictionary(*session).learn(std::span(&person, 1))).at(0);
  };
  const std::int64_t first = learn(name(1), name(3));
  const std::int64_t second = learn(name(1), name(3) + " ");
  const std::int64_t third = learn(name(1) + "x", name(3).substr(1));
  EXPECT_EQ((std::set<std::int64_t>{first, second, third}).size(), 3U);
  EXPECT_EQ(learn(name(1), name(3)), first) << "found again";
  EXPECT_EQ(must(session->query_number("SELECT count(*) FROM person")), 3);
}

}  // namespace
}  // namespace mgc::test
