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

/// Why Artemis made no queue, when it was there.
constexpr std::string_view kQueueExists = "AMQ229019";

/// Opens links one after the other, or asks Artemis' management, and says when all is done. What a
/// lost connection interrupted is done again on the next one.
class Declarer final : private ClientLink {
 public:
  Declarer(BrokerOptions options, std::vector<BrokerUrl> urls, std::string address,
           std::vector<std::string> queues)
      : address_(std::move(address)),
        queues_(std::move(queues)),
        connection_(std::move(options), std::move(urls), *this, std::make_shared<WakeEvent>()) {}

  struct Made {
    BrokerKind kind = BrokerKind::other;
    std::vector<DeclaredQueue> queues;
  };
  Result<Made> wait(SteadyTime deadline) {
    auto done = done_.lock();
    done.wait_until(deadline, [](const Done& d) { return d.made || !d.refused.empty(); });
    if (done->made) return *done->made;
    if (!done->refused.empty()) return Error{Action::stop, done->refused};
    const std::string cause =
        done->cause.empty() ? "no broker at " + connection_.peer() + " answered" : done->cause;
    return Error{Action::reconnect, cause};
  }

 private:
  struct Done {
    std::optional<Made> made;
    std::string refused;  ///< by the broker, for good
    std::string cause;    ///< of the last connection that was lost
  };

  void attach(proton::connection connection, BrokerKind kind) override;
  void work() override {}
  SteadyTime end_turn() override { return SteadyTime::max(); }
  void lost(const std::string& cause) override;
  bool awaits_broker() const override { return true; }

  void sender_agreed(proton::sender& sender) override;
  void receiver_agreed(proton::receiver& receiver) override;
  void on_message(proton::delivery& delivery, proton::message& message) override;
  void on_error(const proton::error_condition& error) override;

  void next();
  void look_for(const std::string& queue);
  void make(const std::string& queue);
  void ask(const std::string& operation, const json& arguments);
  void take_settings(const std::string& answer);
  void ask_for(const std::string& queue);
  void refuse(const std::string& said);
  [[nodiscard]] const std::string& current() const { return queues_[made_.queues.size()]; }

  const std::string address_;
  const std::vector<std::string> queues_;
  Guarded<Done> done_;

  // Only the connection's thread uses these.
  Made made_;
  proton::connection proton_;
  bool looking_ = false;  ///< RabbitMQ: whether the queue is there
  bool missing_ = false;
  proton::sender management_;
  std::string answers_;  ///< the address that the answers come to
  enum class Asked : std::uint8_t { settings, change_of_settings, queue } asked_ = Asked::settings;

  ClientConnection connection_;  // last: its thread uses everything above
};

void Declarer::attach(proton::connection connection, BrokerKind kind) {
  proton_ = connection;
  made_.kind = kind;
  if (kind != BrokerKind::artemis) return next();
  connection.open_receiver(
      "", proton::receiver_options().source(proton::source_options().dynamic(true)));
}

void Declarer::lost(const std::string& cause) {
  proton_ = proton::connection();
  management_ = proton::sender();
  done_.lock()->cause = cause;
}

void Declarer::next() {
  connection_.progress();
  if (made_.queues.size() < queues_.size()) {
    if (made_.kind == BrokerKind::rabbitmq) return look_for(current());
    if (made_.kind == BrokerKind::artemis) return ask_for(current());
    return make(current());
  }
  connection_.opened();
  auto done = done_.lock();
  done->made = made_;
  done.notify_all();
}

// RabbitMQ ends the session of what it refuses, so that each link has one of its own.
void Declarer::look_for(const std::string& queue) {
  looking_ = true;
  missing_ = false;
  proton_.open_session().open_receiver(link_address(BrokerKind::rabbitmq, queue),
                                       proton::receiver_options().credit_window(0));
}

void Declarer::make(const std::string& queue) {
  looking_ = false;
  proton::target_options target;
  target.durability_mode(proton::target::CONFIGURATION);
  proton_.open_session().open_sender(
      made_.kind == BrokerKind::rabbitmq ? declaring_address(queue) : queue,
      proton::sender_options().target(target));
}

void Declarer::receiver_agreed(proton::receiver& receiver) {
  // A queue that is there is declared all the same, which tells whether it is durable.
  if (made_.kind == BrokerKind::rabbitmq) return make(current());
  answers_ = receiver.source().address();
  management_ = proton_.open_sender(std::string(kManagement));
}

void Declarer::sender_agreed(proton::sender& /*sender*/) {
  if (made_.kind == BrokerKind::artemis) {
    asked_ = Asked::settings;
    return ask("getAddressSettingsAsJSON", json::array({address_}));
  }
  made_.queues.push_back({current(), missing_});
  next();
}

void Declarer::ask(const std::string& operation, const json& arguments) {
  proton::message request;
  request.reply_to(answers_);
  request.properties().put("_AMQ_ResourceName", "broker");
  request.properties().put("_AMQ_OperationName", operation);
  request.body() = arguments.dump();
  management_.send(request);
}

void Declarer::take_settings(const std::string& answer) {
  // Dead letters are what a consumer rejects. How often a message was delivered says nothing of it:
  // a consumer that waits for its database gives messages back again and again.
  const json wanted = {{"deadLetterAddress", address_ + ".dead"}, {"maxDeliveryAttempts", -1}};
  const json document = json::parse(answer, nullptr, false);
  const bool readable = document.is_array() && !document.empty() && document[0].is_string();
  json settings = readable ? json::parse(document[0].get<std::string>(), nullptr, false) : json();
  if (!settings.is_object()) return refuse("its settings cannot be read: " + answer);
  const json before = settings;
  // All of them are replaced at once: what the operator has set stays.
  settings.update(wanted);
  if (settings == before) return next();
  asked_ = Asked::change_of_settings;
  ask("addAddressSettings", json::array({address_, settings.dump()}));
}

void Declarer::ask_for(const std::string& queue) {
  const json wanted = {{"name", queue},   {"address", queue},     {"routing-type", "ANYCAST"},
                       {"durable", true}, {"auto-delete", false}, {"auto-create-address", true}};
  const bool ignore_if_exists = false;
  asked_ = Asked::queue;
  ask("createQueue", json::array({wanted.dump(), ignore_if_exists}));
}

void Declarer::on_message(proton::delivery& /*delivery*/, proton::message& message) {
  const bool succeeded = message.properties().exists("_AMQ_OperationSucceeded") &&
                         proton::get<bool>(message.properties().get("_AMQ_OperationSucceeded"));
  const std::string said = proton::to_string(message.body());
  const bool existed = asked_ == Asked::queue && said.find(kQueueExists) != std::string::npos;
  if (!succeeded && !existed) return refuse(said);
  if (asked_ == Asked::settings) return take_settings(said);
  if (asked_ == Asked::queue) made_.queues.push_back({current(), succeeded});
  next();
}

void Declarer::on_error(const proton::error_condition& error) {
  if (looking_ && error.name() == "amqp:not-found") {
    missing_ = true;
    return make(current());
  }
  // Without the right to read, what was there is not known.
  if (looking_ && error.name() == "amqp:unauthorized-access") return make(current());
  // A broker that was reached and says no will not change its mind.
  if (error.name().starts_with("amqp:") && error.name() != "amqp:connection:forced" &&
      error.name() != "amqp:connection:framing-error") {
    refuse(error.what());
  }
  connection_.fail(error.what());
}

void Declarer::refuse(const std::string& said) {
  auto done = done_.lock();
  done->refused = fmt::format("{} refuses to make the queues of '{}': {}", connection_.peer(),
                              address_, printable(said));
  done.notify_all();
}

Declared describe(Declarer::Made made, const std::string& address) {
  std::vector<DeclaredQueue>& queues = made.queues;
  const std::string dead = address + ".dead";
  switch (made.kind) {
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
  Declarer declarer(std::move(broker), std::move(*urls), name, std::move(queues));
  auto made = declarer.wait(std::chrono::steady_clock::now() + timeout);
  if (!made) return made.error();
  return describe(std::move(*made), name);
}

}  // namespace mgc::transport
