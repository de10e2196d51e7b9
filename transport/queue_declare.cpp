#include "transport/queue_declare.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <proton/connection.hpp>
#include <proton/delivery.hpp>
#include <proton/message.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/session.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <utility>

#include "core/guarded.hpp"
#include "core/utf8.hpp"
#include "schema/receipt.hpp"
#include "transport/client_connection.hpp"

namespace mgc::transport {
namespace {

using nlohmann::json;

constexpr std::string_view kManagement = "activemq.management";

/// One operation of Artemis' server control; its answer says whether it succeeded.
struct Operation {
  std::string name;
  json arguments;
};

std::vector<Operation> artemis_operations(const std::string& address,
                                          const std::vector<std::string>& queues) {
  std::vector<Operation> operations;
  // Dead letters are what a consumer rejects. How often a message was delivered says nothing of it:
  // a consumer that waits for its database gives messages back again and again.
  const json settings = {{"deadLetterAddress", address + ".dead"}, {"maxDeliveryAttempts", -1}};
  operations.push_back({"addAddressSettings", json::array({address, settings.dump()})});
  for (const std::string& queue : queues) {
    const json wanted = {{"name", queue},   {"address", queue},     {"routing-type", "ANYCAST"},
                         {"durable", true}, {"auto-delete", false}, {"auto-create-address", true}};
    operations.push_back({"createQueue", json::array({wanted.dump(), true})});
  }
  return operations;
}

/// Opens a link for each queue, or asks Artemis' management, and says when all is done.
class Declarer final : private ClientLink {
 public:
  Declarer(BrokerOptions options, std::vector<BrokerUrl> urls, std::string address,
           std::vector<std::string> queues)
      : address_(std::move(address)),
        queues_(std::move(queues)),
        connection_(std::move(options), std::move(urls), *this, std::make_shared<WakeEvent>()) {}

  Result<BrokerKind> wait(SteadyTime deadline) {
    auto done = done_.lock();
    done.wait_until(deadline, [](const Done& d) { return d.kind || !d.refused.empty(); });
    if (done->kind) return *done->kind;
    if (!done->refused.empty()) return Error{Action::stop, done->refused};
    const std::string cause =
        done->cause.empty() ? "no broker at " + connection_.peer() + " answered" : done->cause;
    return Error{Action::reconnect, cause};
  }

 private:
  struct Done {
    std::optional<BrokerKind> kind;
    std::string refused;  ///< by the broker, for good
    std::string cause;    ///< of the last connection that was lost
  };

  void attach(proton::connection connection, BrokerKind kind) override;
  void work() override {}
  SteadyTime end_turn() override { return SteadyTime::max(); }
  void lost(const std::string& cause) override { done_.lock()->cause = cause; }
  bool awaits_broker() const override { return true; }

  void on_sender_open(proton::sender& sender) override;
  void on_receiver_open(proton::receiver& answers) override;
  void on_message(proton::delivery& delivery, proton::message& message) override;
  void on_error(const proton::error_condition& error) override;

  void finish_one();
  void send_operation();

  const std::string address_;
  const std::vector<std::string> queues_;
  Guarded<Done> done_;

  // Only the connection's thread uses these.
  BrokerKind kind_ = BrokerKind::other;
  std::size_t finished_ = 0;
  proton::sender management_;
  std::string answers_;  ///< the address that the answers come to
  std::vector<Operation> operations_;

  ClientConnection connection_;  // last: its thread uses everything above
};

void Declarer::attach(proton::connection connection, BrokerKind kind) {
  kind_ = kind;
  finished_ = 0;
  if (kind == BrokerKind::artemis) {
    operations_ = artemis_operations(address_, queues_);
    connection.open_receiver(
        "", proton::receiver_options().source(proton::source_options().dynamic(true)));
    return;
  }
  for (const std::string& queue : queues_) {
    proton::target_options target;
    target.durability_mode(proton::target::CONFIGURATION);
    // RabbitMQ ends the session of what it refuses.
    connection.open_session().open_sender(
        kind == BrokerKind::rabbitmq ? declaring_address(queue) : queue,
        proton::sender_options().target(target));
  }
}

void Declarer::on_sender_open(proton::sender& sender) {
  if (sender.target().address().empty()) return;  // refused; the reason comes next
  if (kind_ == BrokerKind::artemis) return send_operation();
  finish_one();
}

void Declarer::on_receiver_open(proton::receiver& answers) {
  answers_ = answers.source().address();
  management_ = answers.connection().open_sender(std::string(kManagement));
}

void Declarer::send_operation() {
  const Operation& operation = operations_[finished_];
  proton::message request;
  request.reply_to(answers_);
  request.properties().put("_AMQ_ResourceName", "broker");
  request.properties().put("_AMQ_OperationName", operation.name);
  request.body() = operation.arguments.dump();
  management_.send(request);
}

void Declarer::on_message(proton::delivery& /*delivery*/, proton::message& message) {
  const bool succeeded = message.properties().exists("_AMQ_OperationSucceeded") &&
                         proton::get<bool>(message.properties().get("_AMQ_OperationSucceeded"));
  if (!succeeded) {
    auto done = done_.lock();
    done->refused =
        fmt::format("{} refuses {}: {}", connection_.peer(), operations_[finished_].name,
                    printable(proton::to_string(message.body())));
    return done.notify_all();
  }
  finish_one();
  if (finished_ < operations_.size()) send_operation();
}

void Declarer::finish_one() {
  connection_.progress();
  const std::size_t wanted = kind_ == BrokerKind::artemis ? operations_.size() : queues_.size();
  if (++finished_ < wanted) return;
  connection_.opened();
  auto done = done_.lock();
  done->kind = kind_;
  done.notify_all();
}

void Declarer::on_error(const proton::error_condition& error) {
  // A broker that was reached and says no will not change its mind.
  if (error.name().starts_with("amqp:") && error.name() != "amqp:connection:forced" &&
      error.name() != "amqp:connection:framing-error") {
    auto done = done_.lock();
    done->refused = fmt::format("{} refuses to make the queues of '{}': {}", connection_.peer(),
                                address_, error.what());
    done.notify_all();
  }
  connection_.fail(error.what());
}

Declared describe(BrokerKind kind, const std::string& address, std::vector<std::string> queues) {
  const std::string dead = address + ".dead";
  switch (kind) {
    case BrokerKind::embedded: return {"embedded queue", std::move(queues), dead};
    case BrokerKind::artemis: return {"Apache ActiveMQ Artemis", std::move(queues), dead};
    case BrokerKind::rabbitmq:
      return {
          "RabbitMQ", std::move(queues),
          fmt::format("{0}, once this policy is there: rabbitmqctl set_policy --apply-to queues "
                      "mgc-dead '^{1}$' '{{\"dead-letter-exchange\":\"\","
                      "\"dead-letter-routing-key\":\"{0}\"}}'",
                      dead, address)};
    case BrokerKind::other: break;
  }
  return {"unknown broker", std::move(queues), "as the broker is set up"};
}

}  // namespace

Result<Declared> declare_queues(BrokerOptions broker, std::string_view address,
                                const std::vector<std::string>& nodes,
                                std::chrono::milliseconds timeout) {
  const std::string name(address);
  std::vector<std::string> queues = {name, name + ".dead"};
  for (const std::string& node : nodes) queues.push_back(schema::receipt_address(name, node));
  for (const std::string& queue : queues) {
    if (const auto valid = check_address(queue); !valid) return valid.error();
  }
  auto urls = check_broker(broker);
  if (!urls) return urls.error();
  broker.client = "mgc-declare";
  Declarer declarer(std::move(broker), std::move(*urls), name, queues);
  const auto kind = declarer.wait(std::chrono::steady_clock::now() + timeout);
  if (!kind) return kind.error();
  return describe(*kind, name, std::move(queues));
}

}  // namespace mgc::transport
