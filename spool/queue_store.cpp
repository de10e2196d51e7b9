#include "spool/queue_store.hpp"

#include <algorithm>
#include <utility>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "spool/in_turn.hpp"
#include "spool/owner_lock.hpp"
#include "spool/queue_file.hpp"

namespace mgc::spool {
namespace {

using Totals = std::map<std::string, AddressDelta>;

class SqliteQueueStore final : public QueueStore {
 public:
  SqliteQueueStore(OwnerLock lock, QueueFile file, QueueReader reader, Totals totals)
      : lock_(std::move(lock)),
        file_(std::move(file)),
        reader_(std::move(reader)),
        totals_(std::move(totals)) {}

  Result<std::vector<std::int64_t>> apply(const QueueChange& change) override {
    auto file = file_.take();
    auto applied = file->apply(change);
    if (!applied) return applied.error();
    auto totals = totals_.lock();
    for (const auto& [address, delta] : applied->addresses) {
      AddressDelta& total = (*totals)[address];
      // As in the file: a count that was damaged never goes below 0.
      total.messages = std::max<std::int64_t>(total.messages + delta.messages, 0);
      total.bytes = std::max<std::int64_t>(total.bytes + delta.bytes, 0);
    }
    return std::move(applied->positions);
  }

  Result<std::vector<QueuedMessage>> read(const std::string& address, std::int64_t after,
                                          std::size_t messages_max,
                                          std::size_t bytes_max) override {
    return reader_.lock()->read(address, after, messages_max, bytes_max);
  }

  std::vector<QueueStats> stats() override {
    std::vector<QueueStats> all;
    for (const auto& [address, total] : Totals(*totals_.lock())) {
      if (total.messages > 0) all.push_back(describe(address, total));
    }
    return all;
  }

  QueueStats stats(const std::string& address) override {
    AddressDelta total;
    {
      auto totals = totals_.lock();
      const auto known = totals->find(address);
      if (known != totals->end()) total = known->second;
    }
    return describe(address, total);
  }

 private:
  QueueStats describe(const std::string& address, const AddressDelta& total) {
    QueueStats stats{address, static_cast<std::uint64_t>(total.messages),
                     static_cast<std::uint64_t>(total.bytes), std::nullopt};
    if (total.messages == 0) return stats;
    auto oldest = reader_.lock()->oldest_at(address);
    if (oldest) {
      stats.oldest_at = *oldest;
    } else {
      // The counts are worth showing without the age.
      log_warning("{}", oldest.error().message);
    }
    return stats;
  }

  // Destroyed from the last: the reader first, so that the writer, as the last connection, moves
  // the log into the file; the lock at the very end.
  OwnerLock lock_;
  InTurn<QueueFile> file_;
  Guarded<QueueReader> reader_;
  Guarded<Totals> totals_;
};

Result<std::unique_ptr<QueueStore>> open_store(const std::filesystem::path& path,
                                               const Clock& clock,
                                               std::uint64_t disk_reserve_bytes) {
  auto lock = OwnerLock::take(path);
  if (!lock) return lock.error();
  auto file = QueueFile::open(path, clock, disk_reserve_bytes);
  if (!file) return file.error();
  auto totals = file->totals();
  if (!totals) return totals.error();
  auto reader = QueueReader::open(path);
  if (!reader) return reader.error();
  return std::unique_ptr<QueueStore>(std::make_unique<SqliteQueueStore>(
      std::move(*lock), std::move(*file), std::move(*reader), std::move(*totals)));
}

}  // namespace

Result<std::unique_ptr<QueueStore>> QueueStore::open(const std::filesystem::path& file,
                                                     const Clock& clock,
                                                     std::uint64_t disk_reserve_bytes) {
  auto store = open_store(file, clock, disk_reserve_bytes);
  // At a start there is nothing to wait for: whatever is wrong is for the operator.
  if (!store) return Error{Action::stop, store.error().message};
  return store;
}

}  // namespace mgc::spool
