// The file of the embedded queue on a bad disk: what is still read from it is whole, or an error.
#include <algorithm>
#include <memory>
#include <vector>

#include "spool/queue_store.hpp"
#include "tests/fuzz/damaged_file.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/fake_clock.hpp"
#include "transport/queue_status.hpp"

namespace mgc::fuzz {
namespace {

using spool::QueueChange;
using spool::QueuedMessage;
using spool::QueueStore;

const std::vector<std::string>& addresses() {
  static const std::vector<std::string> names = {"a", "b", "compliance.receipts.node-1"};
  return names;
}
constexpr std::size_t kMessages = 5;  ///< at each address, before the file is damaged

/// A small store, made once, as it lies on disk while it is open and after it was closed.
class Sample {
 public:
  Sample() : file_(folder_ / "queue.db") {
    auto store = open().value();
    QueueChange fill;
    for (std::size_t i = 0; i < kMessages + 1; ++i) {
      for (const std::string& address : addresses())
        fill.appends.push_back({address, address + std::string(40 * i, 'x')});
    }
    const auto positions = store->apply(fill);
    require(positions.has_value(), "the sample is filled");
    require(store->apply({{}, {positions->at(1)}, {}, {1, 2, 3}}).has_value(), "and changed");
    open_ = DatabaseFiles::read(file_);
    store.reset();
    closed_ = DatabaseFiles::read(file_);
  }

  [[nodiscard]] const DatabaseFiles& files(bool open) const { return open ? open_ : closed_; }
  void write(const DatabaseFiles& files) const { files.write(file_); }
  [[nodiscard]] Result<std::unique_ptr<QueueStore>> open() const {
    return QueueStore::open(file_, clock_, 0);
  }
  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  Folder folder_;
  test::FakeClock clock_;
  std::filesystem::path file_;
  DatabaseFiles open_;
  DatabaseFiles closed_;
};

template <typename T>
bool succeeded(const Result<T>& result) {
  if (!result) require_fit_to_show(result.error());
  return result.has_value();
}

/// As the queue hands them out. Nothing when it failed.
std::optional<std::vector<std::int64_t>> read_all(QueueStore& store, const std::string& address) {
  std::vector<std::int64_t> positions;
  std::int64_t after = 0;
  for (;;) {
    const auto read = store.read(address, after, 3, 1 << 20);
    if (!succeeded(read)) return std::nullopt;
    if (read->empty()) return positions;
    for (const QueuedMessage& message : *read) {
      require(message.position > after, "messages are read in order");
      require(message.address == address, "a message is of its address");
      after = message.position;
      positions.push_back(after);
    }
  }
}

void check_stats(QueueStore& store, const Clock& clock) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;
  const auto stats = store.stats();
  for (const spool::QueueStats& one : stats) {
    require(one.messages > 0 && one.messages <= kMost && one.bytes <= kMost,
            "nothing is counted below 0");
  }
  for (const std::string& address : addresses())
    require(store.stats(address).messages <= kMost, "nor where nothing is left");
  const auto status = transport::combine_status(stats, {}, clock.utc_now());
  for (const auto& one : status) require(one.oldest_age_seconds >= 0, "an age is not negative");
  require(transport::decode_status(transport::encode_status(status)).has_value(),
          "the status can be shown");
}

/// A message that is durable can be read, and is gone when it was removed.
bool append_one(QueueStore& store) {
  const auto positions = store.apply({{{"a", "one more"}, {"new", "address"}}, {}, {}, {}});
  if (!succeeded(positions)) return false;
  require(positions->size() == 2, "each message has a position");
  const std::int64_t position = positions->front();
  require(position > 0, "which is positive");
  const auto read = store.read("a", position - 1, 1, 1 << 20);
  if (!succeeded(read)) return false;
  // SQLite finds nothing where the index of the messages is damaged; to look at all of it when the
  // store is opened would take too long.
  if (read->empty()) return false;
  require(read->front().position == position && read->front().encoded == "one more",
          "a message that was stored is read as it was");
  return true;
}

/// Takes everything out, moving some of it, as consumers do.
bool drain(QueueStore& store) {
  bool fine = true;
  for (const std::string& address : addresses()) {
    const auto positions = read_all(store, address);
    if (!positions) return false;
    QueueChange change;
    for (const std::int64_t position : *positions) {
      change.returned.push_back(position);
      if (position % 2 == 0) change.moves.push_back({position, address + ".dead"});
      if (position % 2 != 0) change.removals.push_back(position);
    }
    if (!succeeded(store.apply(change))) return false;
    const auto left = read_all(store, address);
    fine = left && left->empty() && fine;
  }
  return fine;
}

void check(Input input) {
  static const Sample sample;
  const DatabaseFiles& whole = sample.files(input.byte() % 2 == 1);
  DatabaseFiles files = whole;
  damage(files, input);
  sample.write(files);
  auto store = sample.open();
  bool fine = succeeded(store);
  if (fine) {
    QueueStore& queue = **store;
    check_stats(queue, sample.clock());
    const auto first = read_all(queue, addresses().front());
    fine = first && first->size() == kMessages;
    fine = append_one(queue) && fine;
    fine = drain(queue) && fine;
    check_stats(queue, sample.clock());
  }
  require(fine || files != whole, "a store that is not damaged works");
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mgc::fuzz::check({data, size});
  return 0;
}
