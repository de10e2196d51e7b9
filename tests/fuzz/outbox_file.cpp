// The file of an outbox on a bad disk: what is still read from it is whole, or it is an error.
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "spool/outbox.hpp"
#include "tests/fuzz/damaged_file.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/sample_events.hpp"

namespace mgc::fuzz {
namespace {

using spool::Outbox;
using spool::Position;

constexpr std::uint64_t kEpoch = 7;
constexpr std::uint64_t kEvents = 12;  ///< in the file before it is damaged
constexpr std::uint64_t kPackEvents = 4;

/// A small outbox, made once, as it lies on disk while it is open and after it was closed.
class Sample {
 public:
  Sample() {
    options_.file = folder_ / "node-1.outbox";
    options_.node = "node-1";
    options_.pack_events_max = kPackEvents;
    options_.disk_reserve_bytes = 0;
    Outbox::open(options_, clock_).value().reset();
    // The epoch of a new file is random, and the same input has to mean the same damage.
    sqlite3* connection = nullptr;
    const std::string update = "UPDATE outbox SET epoch = " + std::to_string(kEpoch);
    require(sqlite3_open(options_.file.c_str(), &connection) == SQLITE_OK &&
                sqlite3_exec(connection, update.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
            "the sample's epoch can be set");
    sqlite3_close(connection);
    auto outbox = Outbox::open(options_, clock_).value();
    const Bytes event = schema::encode_event(test::chat_event("a post")).value();
    const spool::SourceProgress progress{"a.log", 1, 2, 3, 1, 1, Bytes(32, 's'), "state"};
    const spool::RejectedLine rejected{"a.log", 2, "no time", "raw"};
    const std::vector<Bytes> events(kEvents, event);
    require(outbox->append({events, &progress, {&rejected, 1}}).has_value(), "it is filled");
    require(outbox->take_receipt({kEpoch, kPackEvents}).has_value(), "it has a receipt");
    open_ = DatabaseFiles::read(options_.file);
    outbox.reset();
    closed_ = DatabaseFiles::read(options_.file);
  }

  [[nodiscard]] const DatabaseFiles& files(bool open) const { return open ? open_ : closed_; }
  [[nodiscard]] const spool::OutboxOptions& options() const { return options_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  Folder folder_;
  test::FakeClock clock_;
  spool::OutboxOptions options_;
  DatabaseFiles open_;
  DatabaseFiles closed_;
};

template <typename T>
bool succeeded(const Result<T>& result) {
  if (!result) require_fit_to_show(result.error());
  return result.has_value();
}

/// Reads everything, as a relay does. Returns how many packs, or nothing when it failed.
std::optional<std::size_t> read_all(Outbox& outbox) {
  Position after{};
  std::size_t packs = 0;
  for (;;) {
    const auto read = outbox.read(after, 2, 1 << 20);
    if (!succeeded(read)) return std::nullopt;
    if (read->empty()) return packs;
    for (const spool::StoredPack& pack : *read) {
      ++packs;
      require(pack.first.epoch == outbox.last().epoch, "a pack is of the outbox's epoch");
      require(pack.first.sequence > after.sequence, "packs are read in order");
      require(pack.last_sequence >= pack.first.sequence, "a pack ends behind its begin");
      require(pack.last_sequence - pack.first.sequence < schema::kPackEventsMax,
              "a pack is not longer than one can be");
      require(pack.last_sequence <= outbox.last().sequence, "a pack holds what was recorded");
      after = {pack.first.epoch, pack.last_sequence};
    }
  }
}

void check_status(const Result<spool::OutboxStatus>& status) {
  if (!succeeded(status)) return;
  require(schema::is_node_id(status->node), "an outbox is of a node");
  require(status->epoch >= 1 && status->epoch <= schema::kNumberMax, "its epoch is in range");
  require(status->recorded <= schema::kNumberMax, "so is what it recorded");
  require(status->accepted <= status->recorded, "no more is accepted than was recorded");
  require(status->receipted <= status->recorded, "no more has a receipt than was recorded");
  for (const std::uint64_t count :
       {status->waiting_packs, status->waiting_bytes, status->kept_packs, status->kept_bytes,
        status->rejected_lines}) {
    require(count <= schema::kNumberMax, "nothing is counted below 0");
  }
  if (status->oldest_waiting_at) {
    require(format_utc(*status->oldest_waiting_at).size() == 27, "its oldest pack has an age");
  }
}

/// One more event: when it says that it is recorded, it can be read.
bool append_one(Outbox& outbox) {
  const Position before = outbox.last();
  const std::vector<Bytes> events{schema::encode_event(test::chat_event("one more")).value()};
  const auto appended = outbox.append({.events = events});
  if (!succeeded(appended)) return false;
  require(appended->epoch == before.epoch && appended->first_sequence == before.sequence + 1,
          "an event follows what was recorded");
  const auto read = outbox.read(before, 2, 1 << 20);
  if (!succeeded(read)) return false;
  require(read->size() == 1, "an event that was recorded can be read");
  const auto pack = schema::decode_pack(read->front().body);
  require(pack && pack->event(0) == events.front(), "as it was recorded");
  require(pack->header().first_sequence == read->front().first.sequence &&
              pack->header().epoch == before.epoch && pack->header().node == "node-1",
          "with its sequence");
  return true;
}

/// False when something failed.
bool use(Outbox& outbox) {
  check_status(outbox.status());
  bool fine = read_all(outbox) == kEvents / kPackEvents;
  fine = succeeded(outbox.progress("a.log")) && fine;
  fine = succeeded(outbox.rejected_lines(10)) && fine;
  fine = append_one(outbox) && fine;
  const Position last = outbox.last();
  fine = succeeded(outbox.mark_accepted(last)) && fine;
  for (const std::uint64_t through : {std::uint64_t{5}, last.sequence, std::uint64_t{1}}) {
    const auto taken = outbox.take_receipt({last.epoch, through});
    fine = succeeded(taken) && fine;
    require(!taken || taken->held.sequence <= last.sequence, "no more is held than was recorded");
    check_status(outbox.status());
  }
  return read_all(outbox).has_value() && fine;
}

void check(Input input) {
  static const Sample sample;
  const DatabaseFiles& whole = sample.files(input.byte() % 2 == 1);
  DatabaseFiles files = whole;
  damage(files, input);
  files.write(sample.options().file);
  check_status(spool::read_outbox_status(sample.options().file));
  auto outbox = Outbox::open(sample.options(), sample.clock());
  const bool fine = succeeded(outbox) && use(**outbox);
  require(fine || files != whole, "an outbox that is not damaged works");
  if (outbox) outbox.value().reset();
  check_status(spool::read_outbox_status(sample.options().file));
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mgc::fuzz::check({data, size});
  return 0;
}
