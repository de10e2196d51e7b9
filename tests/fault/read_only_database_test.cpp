// A database that may only be read, as a standby that was not promoted.
#include "tests/fault/database_pipeline.hpp"
#include "tests/store/postgresql_server.hpp"

namespace mgc::test {
namespace {

class ReadOnlyDatabase : public DatabasePipeline {
 protected:
  void set_read_only(const std::string& value) {
    static_cast<void>(PostgresqlClient("postgres")
                          .run("ALTER DATABASE " +
                               dynamic_cast<PostgresqlEngine&>(*engine_).database() +
                               " SET default_transaction_read_only = " + value));
  }
};

TEST_F(ReadOnlyDatabase, StopsTheServiceWithTheReasonAndTheNextOneGoesOn) {
  constexpr std::chrono::seconds kLease{2};  // which the service cannot give back
  publisher_ = open_publisher(publisher_options("node"));
  start_service(128, kLease);
  publish(*publisher_);
  ASSERT_TRUE(publisher_->wait_receipted(kPatience));
  set_read_only("on");
  proxy_->end_all(End::reset);  // what a session may do is asked for when it begins
  publish(*publisher_);
  const auto& ended = service_->wait();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().action, Action::stop);
  EXPECT_NE(ended.error().message.find("primary"), std::string::npos) << ended.error().message;
  EXPECT_EQ(publisher_->status()->receipted, 1U);
  set_read_only("off");
  start_service(128, kLease);
  finish();
}

}  // namespace
}  // namespace mgc::test
