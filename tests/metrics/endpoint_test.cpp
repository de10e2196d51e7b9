#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "app/http_get.hpp"
#include "app/metrics_server.hpp"
#include "tests/metrics/endpoint_client.hpp"

namespace mgc::app {
namespace {

using test::get;
using test::RawClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Endpoint : public testing::Test {
 protected:
  void SetUp() override {
    MetricsSource source;
    source.command = "test";
    source.fill = [](MetricsPage& page) { page.counter("mgc_some_total", "Some.", 7); };
    source.unhealthy = [] { return std::nullopt; };
    source.unready = [] { return std::optional<std::string>("the broker is away"); };
    auto server = MetricsServer::start("127.0.0.1:0", std::move(source));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  [[nodiscard]] std::string at() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  std::unique_ptr<MetricsServer> server_;
};

TEST_F(Endpoint, ServesWhatItsSourceKnows) {
  const std::string page = get(server_->port(), "/metrics?name=mgc_some_total");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(page, HasSubstr("\nmgc_some_total 7\n"));
  EXPECT_THAT(page, HasSubstr("mgc_build_info{version=\""));
  EXPECT_THAT(page, HasSubstr("command=\"test\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("\nmgc_ready 0\n"));
}

TEST_F(Endpoint, SaysInOneLineWhyItIsNotReady) {
  const std::string answer = get(server_->port(), "/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nthe broker is away\n"));
  EXPECT_THAT(get(server_->port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Endpoint, RefusesWhatIsNoRequestOfIts) {
  EXPECT_THAT(get(server_->port(), "/etc/passwd"), StartsWith("HTTP/1.1 404 "));
  const RawClient poster(server_->port());
  poster.send("POST /metrics HTTP/1.1\r\n\r\n");
  EXPECT_THAT(poster.read(), StartsWith("HTTP/1.1 405 "));
  for (const char* bytes :
       {"\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "\x16\x03\r\n\r\n"}) {
    const RawClient client(server_->port());
    client.send(bytes);
    EXPECT_THAT(client.read(), HasSubstr(" 400 Bad Request\r\n")) << bytes;
  }
}

TEST_F(Endpoint, TakesNoEndlessRequest) {
  const RawClient client(server_->port());
  client.send(std::string(MetricsServer::kRequestBytesMax + 1, 'x'));
  EXPECT_THAT(client.read(), HasSubstr(" 400 Bad Request\r\n"));
}

TEST_F(Endpoint, ClientsThatSayNothingAreCutOffAndThenOthersAreServed) {
  std::deque<RawClient> silent;
  for (int i = 0; i < MetricsServer::kThreads; ++i) {
    silent.emplace_back(server_->port());
  }
  EXPECT_THAT(get(server_->port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(silent.front().read(), "");
}

TEST_F(Endpoint, APortThatIsUsedStopsTheStart) {
  const auto second = MetricsServer::start(at(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().action, Action::stop);
  EXPECT_THAT(second.error().message, HasSubstr(at()));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(EndpointAddress, MalformedOnesAreRefused) {
  for (const char* listen : {"", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000",
                             "127.0.0.1:x", "127.0.0.1:1/metrics", "::1:9464"}) {
    const auto server = MetricsServer::start(listen, {});
    ASSERT_FALSE(server) << listen;
    EXPECT_EQ(server.error().action, Action::stop);
    EXPECT_THAT(server.error().message, HasSubstr("HOST:PORT")) << listen;
  }
}

TEST_F(Endpoint, HttpGetReadsIt) {
  const auto url = parse_http_url("http://" + at());
  ASSERT_TRUE(url);
  const auto page = http_get(*url);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("mgc_some_total 7\n"));
}

TEST_F(Endpoint, HttpGetReadsNoMoreThanItMay) {
  const auto page = http_get(*parse_http_url(at()), {.bytes_max = 100});
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("larger than 100 bytes"));
}

TEST_F(Endpoint, HttpGetSaysWhatElseWasAnswered) {
  const auto page = http_get(*parse_http_url("http://" + at() + "/readyz"));
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("status 503"));
}

TEST(HttpGet, SaysThatNobodyListens) {
  const auto page = http_get(*parse_http_url("http://127.0.0.1:1"));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().action, Action::reconnect);
  EXPECT_THAT(page.error().message, HasSubstr("refused"));
}

TEST(HttpUrls, AreHostsWithPorts) {
  EXPECT_EQ(parse_http_url("http://localhost:9464")->path, "/metrics");
  EXPECT_EQ(parse_http_url("localhost:9464/")->path, "/metrics");
  EXPECT_EQ(parse_http_url("http://[::1]:9464/other")->path, "/other");
  EXPECT_EQ(parse_http_url("http://[::1]:9464")->where.host, "::1");
  for (const char* url : {"", "https://localhost:9464", "localhost", "http://user@host:1",
                          "http://host:1/a b", "http://host:1/a\r\nX: y"}) {
    EXPECT_FALSE(parse_http_url(url)) << url;
  }
}

}  // namespace
}  // namespace mgc::app
