#pragma once

#include <regex>
#include <string>

#include "tests/fault/fault_pipeline.hpp"
#include "tests/store/engine.hpp"

namespace mgc::test {

/// The pipeline into a database server, which the service reaches through a proxy, unencrypted.
class DatabasePipeline : public FaultPipeline {
 protected:
  void SetUp() override {
    FaultPipeline::SetUp();
    static const std::regex kPort("port=([0-9]+)");
    std::smatch port;
    const std::string dsn = engine_->dsn();
    ASSERT_TRUE(std::regex_search(dsn, port, kPort)) << dsn;
    proxy_.emplace(std::stoi(port[1]), seed_);
    through_ = std::regex_replace(dsn, kPort, "port=" + std::to_string(proxy_->port()));
    through_ = std::regex_replace(through_, std::regex("host=[^ ]+"), "host=127.0.0.1");
    if (engine_->product() == "PostgreSQL") through_ += " sslmode=disable";
  }
  [[nodiscard]] std::string dsn() const override { return engine_->dsn(); }

  /// With such a lease its renewals keep out of the way.
  void start_service(std::uint32_t credit_max = 128,
                     std::chrono::seconds lease = std::chrono::seconds{60}) {
    auto options = service_options("service");
    options.mgccomp = through_;
    options.credit_max = credit_max;
    options.lease = lease;
    // Of each one session beside the writer's, at the start.
    options.crashed_look = options.segments_look = std::chrono::hours{1};
    service_.emplace(options, clock_);
  }
  void finish() {
    expect_recovery(*publisher_);
    const auto& totals = service_->stop();
    ASSERT_TRUE(totals) << totals.error().message;
    expect_stored_once();
  }

  const std::unique_ptr<TestEngine> engine_ = make_engine();
  std::optional<FaultProxy> proxy_;
  std::string through_;
  std::optional<RunningService> service_;
  std::unique_ptr<producer::Publisher> publisher_;
};

}  // namespace mgc::test
