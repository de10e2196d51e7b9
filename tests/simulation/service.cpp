#include "tests/simulation/service.hpp"

#include <algorithm>
#include <utility>

#include "core/planted_bug.hpp"

namespace mgc::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLease{15};
constexpr std::size_t kPackBytesMax = 400;
constexpr transport::IntakeLimits kIntake{24, 8'000};
constexpr consumer::BatchLimits kLimits{20, 100'000, milliseconds{50}};

}  // namespace

Service::Service(World& world, Broker& broker, Store& store, Oracle& oracle, std::string name)
    : world_(world),
      broker_(broker),
      store_(store),
      oracle_(oracle),
      name_(std::move(name)),
      link_(world) {}

void Service::later(Duration delay, std::function<void()> what) {
  world_.after(delay, [this, life = life_, what = std::move(what)] {
    if (life != life_) return;
    const Duration still = frozen_until_ - world_.now();
    if (still > Duration{}) return later(still, what);
    what();
  });
}

void Service::start() {
  if (running_) return;
  running_ = true;
  ++life_;
  batcher_.emplace(kLimits, world_);
  intake_.emplace(kIntake);
  full_.clear();
  batch_.reset();
  receipts_ = {};
  stand_by();
}

void Service::kill() {
  if (!running_) return;
  running_ = false;
  ++life_;
  frozen_until_ = {};
  cut_link();
}

void Service::stand_by() {
  const auto fence = store_.take_lease(name_ + "#" + std::to_string(life_), kLease);
  if (!fence) return later(seconds{1}, [this] { stand_by(); });
  fence_ = *fence;
  connect();
  later(milliseconds{10}, [this] { look(); });
}

void Service::connect() {
  later(world_.between(milliseconds{1}, seconds{1}), [this] {
    if (link_.is_open()) return;
    link_.open();
    outstanding_ = 0;
    give_credit();
  });
}

void Service::give_credit() {
  const std::uint32_t more = intake_->to_give(outstanding_);
  if (more == 0 || !link_.is_open()) return;
  outstanding_ += more;
  link_.to_broker([this, more] { broker_.add_credit(*this, more); });
}

void Service::cut_link() {
  if (!link_.is_open()) return;
  link_.cut();
  broker_.leave(*this);
  if (!running_) return;
  intake_->connection_lost();
  connect();
}

void Service::on_delivery(std::uint64_t delivery, const PackRef& pack) {
  // What arrives at a frozen process, or at one that does not read, waits in its socket.
  later(Duration{}, [this, delivery, pack] {
    if (intake_->paused()) {
      return later(milliseconds{10}, [this, delivery, pack] { on_delivery(delivery, pack); });
    }
    if (outstanding_ > 0) --outstanding_;
    intake_->arrived(pack->bytes());
    if (intake_->bytes() > kIntake.bytes_max + kPackBytesMax) {
      oracle_.violations.push_back(name_ + " has more inside than it may");
    }
    if (auto full = batcher_->add({delivery, pack})) full_.push_back(std::move(*full));
  });
}

void Service::look() {
  const auto fence = store_.take_lease(name_ + "#" + std::to_string(life_), kLease);
  if (!fence || *fence != fence_) return fenced();
  if (full_.empty() && !batcher_->empty() && (batcher_->due() || world_.chance(30))) {
    full_.push_back(batcher_->take());
  }
  if (!batch_ && !full_.empty()) {
    batch_ = std::move(full_.front());
    full_.erase(full_.begin());
    take_step(0);
  }
  later(milliseconds{20}, [this] { look(); });
}

void Service::take_step(std::size_t number) {
  step_ = number;
  const auto order = consumer::order_of_steps();
  if (number == order.size()) {
    batch_.reset();
    return;
  }
  if (number == 0) {
    progress_.clear();
    if (planted_bug("receipt_before_commit")) {
      for (const Record& one : *batch_) {
        progress_.push_back({one.pack->node, one.pack->epoch, one.pack->last(), {}});
      }
    }
  }
  later(world_.between(Duration{100}, milliseconds{10}), [this, step = order[number]] {
    switch (step) {
      case consumer::BatchStep::commit: return commit();
      case consumer::BatchStep::settle: settle(); break;
      case consumer::BatchStep::receipt:
        receipts_.offer(progress_);
        send_receipts();
        break;
    }
    take_step(step_ + 1);
  });
}

void Service::commit() {
  if (world_.chance(trouble_.fails)) {
    return later(world_.between(milliseconds{50}, seconds{5}), [this] { commit(); });
  }
  std::vector<PackRef> packs;
  for (const Record& one : *batch_) packs.push_back(one.pack);
  auto progress = store_.commit(packs, fence_);
  if (!progress) return fenced();
  if (world_.chance(trouble_.in_doubt)) {
    return later(world_.between(milliseconds{50}, seconds{5}), [this] { commit(); });
  }
  progress_ = std::move(*progress);
  take_step(step_ + 1);
}

void Service::settle() {
  std::vector<std::uint64_t> deliveries;
  for (const Record& one : *batch_) {
    deliveries.push_back(one.delivery);
    intake_->left(one.bytes());
  }
  if (!link_.is_open()) return;  // they come again
  link_.to_broker([this, deliveries] {
    for (const std::uint64_t delivery : deliveries) broker_.settle(*this, delivery);
  });
  intake_->settled(static_cast<std::uint32_t>(deliveries.size()));
  give_credit();
}

void Service::send_receipts() {
  auto waiting = receipts_.take_all();
  if (!link_.is_open()) {
    receipts_.put_back(std::move(waiting));
    return later(milliseconds{50}, [this] {
      if (!receipts_.empty()) send_receipts();
    });
  }
  for (schema::Receipt& receipt : waiting) {
    link_.to_broker([this, receipt] { broker_.take_receipt(receipt); });
  }
}

}  // namespace mgc::simulation
