// Stores what one mgccomp has in another one, block by block at the times it has there, so that
// stores of different engines are the same store.
//
//   copy_store FROM_DSN TO_DSN EVENTS_OF_A_SEGMENT
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "db/compliance_reader.hpp"
#include "db/compliance_store.hpp"
#include "db/migrate.hpp"
#include "db/pack_record.hpp"

namespace mgc::test {
namespace {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}
void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

class LaneCopy {
 public:
  LaneCopy(db::ComplianceReader& from, std::string lane, const std::string& to,
           std::uint64_t events_of_a_segment, const Clock& clock)
      : from_(from), lane_(std::move(lane)) {
    db::StoreOptions options;
    options.lane = lane_;
    options.holder = "copy_store";
    options.segments.events = events_of_a_segment;
    store_ = must(db::ComplianceStore::open(to, options, clock));
    if (!must(store_->take_lease())) throw std::runtime_error("somebody else writes " + to);
  }

  void run() {
    must(from_.each_block(lane_, [this](const db::BlockRow& block) {
      received_at_[block.block] = block.received_at;
      return true;
    }));
    must(from_.each_pack(lane_, [this](const db::PackRow& pack) {
      if (!block_.empty() && pack.block != number_) commit();
      number_ = pack.block;
      Bytes body = pack.body;
      block_.push_back(must(db::read_pack_record(body, packs_)));
      return true;
    }));
    if (!block_.empty()) commit();
    while (must(store_->tend_segments([](std::uint64_t) { return true; })) == db::Tended::a_step) {
    }
    must(store_->drop_lease());
  }

 private:
  void commit() {
    std::vector<const db::PackRecord*> borrowed;
    for (const db::PackRecord& record : block_) borrowed.push_back(&record);
    const auto stored = must(store_->commit({received_at_.at(number_), borrowed, {}}));
    if (stored.packs_stored != block_.size()) throw std::runtime_error("a pack was there already");
    block_.clear();
  }

  db::ComplianceReader& from_;
  const std::string lane_;
  db::PackReader packs_;
  std::unique_ptr<db::ComplianceStore> store_;
  std::map<std::uint64_t, UtcTime> received_at_;  // by block
  std::vector<db::PackRecord> block_;
  std::uint64_t number_ = 0;
};

void copy(const std::string& from, const std::string& to, std::uint64_t events_of_a_segment) {
  const SystemClock clock;
  must(db::init_database(to, db::Schema::mgccomp, clock));
  const auto reader = must(db::ComplianceReader::open(from));
  for (const std::string& lane : must(reader->lanes())) {
    LaneCopy(*reader, lane, to, events_of_a_segment, clock).run();
  }
}

}  // namespace
}  // namespace mgc::test

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: copy_store FROM_DSN TO_DSN EVENTS_OF_A_SEGMENT\n";
    return 2;
  }
  try {
    mgc::test::copy(argv[1], argv[2], std::stoull(argv[3]));
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "copy_store: " << failure.what() << '\n';
    return 1;
  }
}
