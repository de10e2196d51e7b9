#include "consumer/stages.hpp"

#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {

Stages::Stages(std::size_t credit_max)
    : received_(credit_max * 2), decoded_(credit_max * 2), decoder_([this] { decode_all(); }) {}

Stages::~Stages() {
  received_.close();
  decoded_.close();
}

void Stages::take_in(transport::Delivery delivery) {
  ++inside_;
  if (received_.try_push(delivery)) return;
  --inside_;
  // The token goes out of scope here and releases the delivery: the broker sends it again.
  log_warning("a delivery beyond the credit was given back to the broker");
}

std::optional<DecodedRecord> Stages::next(SteadyTime deadline) {
  auto record = decoded_.pop_until(deadline);
  if (record) --inside_;
  return record;
}

void Stages::close() { received_.close(); }

void Stages::decode_all() {
  schema::Hasher hasher;
  while (auto delivery = received_.pop()) {
    if (!decoded_.push(decode(std::move(*delivery), hasher))) return;
  }
  decoded_.close();
}

}  // namespace mgc::consumer
