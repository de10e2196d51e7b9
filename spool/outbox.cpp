#include "spool/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "spool/in_turn.hpp"
#include "spool/outbox_file.hpp"
#include "spool/outbox_reader.hpp"
#include "spool/owner_lock.hpp"

namespace mgc::spool {
namespace {

// SQLite's own limit of a row is 10^9 bytes; a larger row would fail the whole group.
constexpr std::size_t kRowBytesMax = std::size_t{256} << 20U;

Error reject(std::string message) { return Error{Action::reject, std::move(message)}; }

std::optional<std::string> option_fault(const OutboxOptions& options) {
  if (!schema::is_node_id(options.node)) {
    return fmt::format("'{}' is not a node id; use 1 to 255 of [A-Za-z0-9._-]", options.node);
  }
  if (schema::is_service_node(options.node)) {
    return fmt::format("the node id '{}' is the compliance service's own; choose another one",
                       options.node);
  }
  if (schema::is_import_node(options.node)) {
    return fmt::format("the node id '{}' is for what mgc audit import records; choose another one",
                       options.node);
  }
  if (options.pack_events_max < 1 || options.pack_events_max > schema::kPackEventsMax) {
    return fmt::format("a pack of {} events; choose 1 to {}", options.pack_events_max,
                       schema::kPackEventsMax);
  }
  // Then even a pack that zstd cannot make smaller is within the limit of the wire.
  if (options.pack_bytes_max < 1 || options.pack_bytes_max > schema::kEventBytesMax) {
    return fmt::format("a pack of {} bytes; choose 1 to {}", options.pack_bytes_max,
                       schema::kEventBytesMax);
  }
  if (options.quota_bytes == 0 || options.quota_packs == 0)
    return "a quota of 0; choose a larger one";
  if (options.keep_for < std::chrono::seconds{0} || options.keep_for > std::chrono::hours{24 * 366})
    return "packs can be kept for 0 seconds to a year after their receipt";
  return std::nullopt;
}

/// Why `request` can never be recorded; found before it joins a group, so that it fails alone.
std::optional<Error> request_fault(const Append& request) {
  for (const Bytes& event : request.events) {
    if (event.size() > schema::kEventBytesMax) {
      return reject(fmt::format("an event of {} bytes; at most {} are allowed", event.size(),
                                schema::kEventBytesMax));
    }
  }
  for (const RejectedLine& line : request.rejects) {
    if (line.path.size() + line.reason.size() + line.raw.size() > kRowBytesMax) {
      return reject(fmt::format("line {} of {} has {} bytes; at most {} are kept", line.line,
                                line.path, line.raw.size(), kRowBytesMax));
    }
  }
  if (request.progress != nullptr &&
      request.progress->path.size() + request.progress->state.size() > kRowBytesMax) {
    return reject(fmt::format("the state of an importer has {} bytes; at most {} are kept",
                              request.progress->state.size(), kRowBytesMax));
  }
  return std::nullopt;
}

class SqliteOutbox final : public Outbox {
 public:
  SqliteOutbox(OwnerLock lock, OutboxFile file, OutboxReader reader, Quota quota)
      : lock_(std::move(lock)),
        shared_(Shared{file.state(), file.state().accepted}),
        writer_(Writer{std::move(file), std::move(quota)}),
        reader_(std::move(reader)) {}

  ~SqliteOutbox() override {
    const auto saved = writer_.take()->file.save_accepted(accepted());
    if (!saved) log_warning("{}", saved.error().message);
  }

  Result<Appended> append(const Append& request) override;
  Result<std::vector<StoredPack>> read(Position after, std::size_t packs_max,
                                       std::size_t bytes_max) override;
  Result<void> mark_accepted(Position through) override;
  Position accepted_through() override;
  Position receipted_through() override;
  Result<ReceiptTaken> take_receipt(Position through) override;
  Result<PackMatch> compare(Position through, ByteView sha256) override;
  Result<std::optional<SourceProgress>> progress(std::string_view path) override {
    return reader_.lock()->progress(path);
  }
  Result<std::vector<RejectedLine>> rejected_lines(std::size_t count_max) override {
    return reader_.lock()->rejected_lines(count_max);
  }
  Result<OutboxStatus> status() override;
  Position last() override;

 private:
  /// An append that waits, on the stack of its caller.
  struct Pending {
    const Append* request;
    std::optional<Result<Appended>> result;
  };
  /// Appends that become one transaction. Its own lock, so that those who wait for it are woken at
  /// once and by nobody else's turn.
  struct Batch {
    std::vector<Pending*> waiting;  ///< under the lock of the queue
    Guarded<bool> is_over{false};
  };
  struct Queue {
    std::shared_ptr<Batch> next = std::make_shared<Batch>();  ///< takes who comes
    bool leading = false;                                     ///< one of the callers writes
  };
  struct Writer {
    OutboxFile file;
    Quota quota;
  };
  /// What is known without waiting for the writer.
  struct Shared {
    OutboxState state;           ///< as of the last transaction
    std::uint64_t accepted = 0;  ///< newer than state.accepted until the next transaction
  };
  std::vector<Pending*> take_waiting() {
    return std::exchange(queue_.lock()->next, std::make_shared<Batch>())->waiting;
  }
  // Out of memory ends the process here: no caller was told anything yet, while an exception would
  // leave the followers waiting for ever.
  // Returns what has to be said of the quota.
  std::optional<std::string> write_group() noexcept;
  void record(Writer& writer, const std::vector<Pending*>& group);
  std::optional<Error> refusal_of(Writer& writer);
  Result<std::uint64_t> in_chunks(
      const std::function<Result<OutboxFile::Chunk>(OutboxFile&)>& step);
  void publish(const OutboxState& state);
  std::uint64_t accepted() { return shared_.lock()->accepted; }
  static Position position(std::uint64_t epoch, std::uint64_t sequence) {
    return sequence == 0 ? Position{} : Position{epoch, sequence};
  }

  // Destroyed from the last: the reader first, so that the writer, as the last connection, moves
  // the log into the file; the lock at the very end.
  OwnerLock lock_;
  Guarded<Queue> queue_;
  Guarded<Shared> shared_;
  InTurn<Writer> writer_;
  Guarded<OutboxReader> reader_;
};

// Leader and followers: whoever comes first writes for all that come until his turn.
Result<Appended> SqliteOutbox::append(const Append& request) {
  if (auto fault = request_fault(request)) return std::move(*fault);
  Pending own{&request, std::nullopt};
  auto queue = queue_.lock();
  const std::shared_ptr<Batch> batch = queue->next;
  batch->waiting.push_back(&own);
  if (batch->waiting.size() > 1) {
    queue.unlock();
    batch->is_over.lock().wait([](bool over) { return over; });
    return *own.result;
  }
  queue.wait([](const Queue& q) { return !q.leading; });
  queue->leading = true;
  queue.unlock();
  const std::optional<std::string> warning = write_group();
  queue.relock();
  queue->leading = false;
  queue.notify_all();
  queue.unlock();
  auto over = batch->is_over.lock();
  *over = true;
  over.unlock();
  over.notify_all();
  if (warning) log_warning("{}", *warning);
  return *own.result;
}

std::optional<std::string> SqliteOutbox::write_group() noexcept {
  auto writer = writer_.take();
  // Taken only now: while others had their turn, the group has grown.
  record(*writer, take_waiting());
  publish(writer->file.state());
  return writer->quota.warning(writer->file.state().waiting);
}

void SqliteOutbox::record(Writer& writer, const std::vector<Pending*>& group) {
  std::vector<Pending*> admitted;
  std::vector<const Append*> requests;
  const auto refusal = refusal_of(writer);
  for (Pending* pending : group) {
    if (refusal && !pending->request->events.empty()) {
      pending->result = *refusal;
    } else {
      admitted.push_back(pending);
      requests.push_back(pending->request);
    }
  }
  if (requests.empty()) return;
  const auto recorded = writer.file.record(requests, accepted());
  for (std::size_t i = 0; i < admitted.size(); ++i) {
    if (recorded) {
      admitted[i]->result = (*recorded)[i];
    } else {
      admitted[i]->result = recorded.error();
    }
  }
}

/// Why no event may be added now. What is kept after its receipt is only a precaution: it goes
/// before an event is refused for lack of disk.
std::optional<Error> SqliteOutbox::refusal_of(Writer& writer) {
  constexpr std::uint64_t kEnough = std::uint64_t{4} << 20U;  // of room inside the file
  if (auto used_up = writer.quota.refusal(writer.file.state().waiting)) return used_up;
  const auto full = writer.quota.disk_refusal();
  while (full) {
    const auto room = writer.file.reusable_bytes();
    if (!room) return room.error();
    if (*room >= kEnough) return std::nullopt;
    if (writer.file.state().kept.packs == 0) return full;
    const auto purged = writer.file.purge(accepted(), OutboxFile::Purge::all_that_is_kept);
    if (!purged) return purged.error();
  }
  return std::nullopt;
}

void SqliteOutbox::publish(const OutboxState& state) {
  auto shared = shared_.lock();
  shared->state = state;
  // What has a receipt was accepted, whatever was heard of it.
  shared->accepted = std::max(shared->accepted, state.receipted);
}

Result<std::vector<StoredPack>> SqliteOutbox::read(Position after, std::size_t packs_max,
                                                   std::size_t bytes_max) {
  const Position known = last();
  if (after.epoch > known.epoch) return std::vector<StoredPack>{};
  auto packs =
      reader_.lock()->packs(after.epoch < known.epoch ? 0 : after.sequence, packs_max, bytes_max);
  if (!packs) return packs;
  // The file runs ahead of last() while an append returns from its commit. The receipt of a pack
  // that was handed out then could come first, and would look like one of another outbox.
  std::erase_if(*packs,
                [&](const StoredPack& pack) { return pack.last_sequence > known.sequence; });
  return packs;
}

Result<void> SqliteOutbox::mark_accepted(Position through) {
  auto shared = shared_.lock();
  const PackChain& chain = shared->state.chain;
  const bool known = through.epoch == chain.epoch && through.sequence <= chain.last_sequence;
  if (!known && through != Position{}) {
    return reject(fmt::format("accepted through {}/{}, but node {} recorded {}/{}", through.epoch,
                              through.sequence, chain.node, chain.epoch, chain.last_sequence));
  }
  shared->accepted = std::max(through.sequence, shared->state.receipted);
  return {};
}

Position SqliteOutbox::accepted_through() {
  auto shared = shared_.lock();
  return position(shared->state.chain.epoch, shared->accepted);
}

Position SqliteOutbox::receipted_through() {
  auto shared = shared_.lock();
  return position(shared->state.chain.epoch, shared->state.receipted);
}

Result<PackMatch> SqliteOutbox::compare(Position through, ByteView sha256) {
  {
    auto shared = shared_.lock();
    const PackChain& chain = shared->state.chain;
    const bool comparable = !sha256.empty() && through.epoch == chain.epoch &&
                            through.sequence >= 1 && through.sequence <= chain.last_sequence;
    if (!comparable) return PackMatch::unknown;
    if (through.sequence == chain.last_sequence) {
      return sha256 == chain.last_sha256 ? PackMatch::same : PackMatch::other;
    }
  }
  return reader_.lock()->compare(through.sequence, sha256);
}

Result<ReceiptTaken> SqliteOutbox::take_receipt(Position through) {
  std::uint64_t receipted = 0;
  {
    auto shared = shared_.lock();
    const PackChain& chain = shared->state.chain;
    receipted = shared->state.receipted;
    if (through.epoch != chain.epoch) return ReceiptTaken{0, position(chain.epoch, receipted)};
    if (through.sequence > chain.last_sequence) {
      return reject(
          fmt::format("a receipt through {} of epoch {}, but node {} recorded only {}: "
                      "this outbox is an older copy; put the right file back",
                      through.sequence, chain.epoch, chain.node, chain.last_sequence));
    }
  }
  if (through.sequence > receipted) {
    const auto covered =
        in_chunks([&](OutboxFile& file) { return file.cover(through.sequence, accepted()); });
    if (!covered) return covered.error();
  } else if (through.sequence < receipted) {
    auto writer = writer_.take();
    auto uncovered = writer->file.uncover(through.sequence, accepted());
    if (!uncovered) return uncovered.error();
    publish(writer->file.state());
  }
  const auto purged = in_chunks([&](OutboxFile& file) { return file.purge(accepted()); });
  if (!purged) return purged.error();
  const auto first = writer_.take()->file.first_sequence();
  if (!first) return first.error();
  // What lies between can come from nowhere any more.
  return ReceiptTaken{*purged, position(through.epoch, std::max(through.sequence, *first - 1))};
}

/// Runs `step` until there is no more to do, and lets appends in between. Returns how many packs.
Result<std::uint64_t> SqliteOutbox::in_chunks(
    const std::function<Result<OutboxFile::Chunk>(OutboxFile&)>& step) {
  std::uint64_t packs = 0;
  OutboxFile::Chunk chunk{0, true};
  while (chunk.more) {
    auto writer = writer_.take();
    auto next = step(writer->file);
    if (!next) return next.error();
    chunk = *next;
    packs += chunk.packs;
    publish(writer->file.state());
  }
  return packs;
}

Result<OutboxStatus> SqliteOutbox::status() {
  Shared shared = *shared_.lock();
  shared.state.accepted = shared.accepted;
  return reader_.lock()->describe(shared.state);
}

Position SqliteOutbox::last() {
  auto shared = shared_.lock();
  return {shared->state.chain.epoch, shared->state.chain.last_sequence};
}

Result<std::unique_ptr<Outbox>> open_outbox(OutboxOptions options, const Clock& clock) {
  if (const auto fault = option_fault(options)) {
    return Error{Action::stop, fmt::format("{}: {}", options.file.string(), *fault)};
  }
  // What is kept waits again after a receipt that goes back, and must not use up the quota then.
  options.keep_bytes = std::min(options.keep_bytes, options.quota_bytes / 2);
  auto lock = OwnerLock::take(options.file);
  if (!lock) return lock.error();
  auto file = OutboxFile::open(options, clock);
  if (!file) return file.error();
  auto reader = OutboxReader::open(options.file);
  if (!reader) return reader.error();
  return std::unique_ptr<Outbox>(std::make_unique<SqliteOutbox>(
      std::move(*lock), std::move(*file), std::move(*reader),
      Quota(options.file, {options.quota_bytes, options.quota_packs, options.warn_percent,
                           options.disk_reserve_bytes})));
}

}  // namespace

Result<std::unique_ptr<Outbox>> Outbox::open(OutboxOptions options, const Clock& clock) {
  auto outbox = open_outbox(std::move(options), clock);
  // At a start there is nothing to wait for: whatever is wrong is for the operator.
  if (!outbox) return Error{Action::stop, outbox.error().message};
  return outbox;
}

}  // namespace mgc::spool
