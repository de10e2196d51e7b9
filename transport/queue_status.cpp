#include "transport/queue_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/guarded.hpp"
#include "transport/queue_connection.hpp"
#include "transport/receiver.hpp"

namespace mgc::transport {
namespace {

using nlohmann::json;

bool read_address(const json& item, AddressStatus& status) {
  const auto number = [&](const char* key) {
    const auto found = item.find(key);
    return found != item.end() && found->is_number() ? &*found : nullptr;
  };
  const auto name = item.find("address");
  const json* messages = number("messages");
  const json* bytes = number("bytes");
  const json* age = number("oldest_age_seconds");
  const json* consumers = number("consumers");
  if (name == item.end() || !name->is_string() || messages == nullptr || bytes == nullptr ||
      age == nullptr || consumers == nullptr)
    return false;
  status = {*name, *messages, *bytes, *age, *consumers};
  return true;
}

}  // namespace

std::vector<AddressStatus> combine_status(const std::vector<spool::QueueStats>& stats,
                                          const std::map<std::string, std::uint64_t>& consumers,
                                          UtcTime now) {
  std::map<std::string, AddressStatus> by_address;
  for (const auto& [address, count] : consumers) by_address[address].consumers = count;
  for (const spool::QueueStats& item : stats) {
    AddressStatus& status = by_address[item.address];
    status.messages = item.messages;
    status.bytes = item.bytes;
    const UtcTime oldest = std::min(item.oldest_at.value_or(now), now);
    status.oldest_age_seconds = std::chrono::duration<double>(now - oldest).count();
  }
  std::vector<AddressStatus> all;
  for (auto& [address, status] : by_address) {
    status.address = address;
    all.push_back(std::move(status));
  }
  return all;
}

std::string encode_status(const std::vector<AddressStatus>& status) {
  json addresses = json::array();
  for (const AddressStatus& item : status) {
    addresses.push_back({{"address", item.address},
                         {"messages", item.messages},
                         {"bytes", item.bytes},
                         {"oldest_age_seconds", item.oldest_age_seconds},
                         {"consumers", item.consumers}});
  }
  return json{{"addresses", addresses}}.dump();
}

std::optional<std::vector<AddressStatus>> decode_status(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("addresses")) return std::nullopt;
  const json& addresses = document["addresses"];
  if (!addresses.is_array()) return std::nullopt;
  std::vector<AddressStatus> all;
  for (const json& item : addresses)
    if (!item.is_object() || !read_address(item, all.emplace_back())) return std::nullopt;
  return all;
}

Result<std::vector<AddressStatus>> read_queue_status(BrokerOptions broker,
                                                     std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  Guarded<std::optional<Delivery>> answer;  // with its token: the queue closes a settled link
  ReceiverOptions options;
  options.broker = std::move(broker);
  options.broker.client = "mgc-status";
  options.address = kStatusAddress;
  options.credit_max = 1;
  auto receiver = Receiver::start(options, [&answer](Delivery delivery) {
    auto first = answer.lock();
    if (!*first) first->emplace(std::move(delivery));
    first.notify_all();
  });
  if (!receiver) return receiver.error();
  auto opened = (*receiver)->wait_open(deadline);
  // A broker that was reached and has no such address is another one.
  const bool is_other = !opened && opened.error().action == Action::stop;
  auto first = answer.lock();
  if (opened) first.wait_until(deadline, [](const auto& f) { return f.has_value(); });
  if (!*first && !opened && !is_other) return opened.error();
  auto status = decode_status(*first ? (*first)->received.message.body : "");
  if (!status) {
    return Error{Action::stop,
                 fmt::format("{} is a broker, but not an embedded queue (`mgc queue`); ask it with "
                             "its own tools",
                             options.broker.url)};
  }
  return std::move(*status);
}

}  // namespace mgc::transport
