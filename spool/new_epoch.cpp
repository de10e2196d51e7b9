#include "spool/new_epoch.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "core/failpoint.hpp"
#include "schema/pack.hpp"
#include "spool/outbox_file.hpp"
#include "spool/outbox_reader.hpp"
#include "spool/owner_lock.hpp"

namespace mgc::spool {
namespace {

constexpr std::size_t kReadPacks = 64;
constexpr std::size_t kReadBytes = std::size_t{4} << 20U;

/// Calls `visit` for each pack behind the sequence `after`, in order, until it returns false.
Result<void> each_pack(OutboxReader& reader, std::uint64_t after,
                       const std::function<Result<bool>(const StoredPack&)>& visit) {
  for (;;) {
    auto packs = reader.packs(after, kReadPacks, kReadBytes);
    if (!packs) return packs.error();
    if (packs->empty()) return {};
    for (const StoredPack& pack : *packs) {
      const auto more = visit(pack);
      if (!more) return more.error();
      if (!*more) return {};
      after = pack.last_sequence;
    }
  }
}

/// The first sequence that cannot be stored; nullopt when all can.
Result<std::optional<std::uint64_t>> find_first(OutboxReader& reader, const CannotBeStored& ask) {
  std::optional<std::uint64_t> first;
  auto walked = each_pack(reader, 0, [&](const StoredPack& pack) -> Result<bool> {
    const auto cannot = ask(pack);
    if (!cannot) return cannot.error();
    if (*cannot) first = pack.first.sequence;
    return !*cannot;
  });
  if (!walked) return walked.error();
  return first;
}

/// Records the events from sequence `first` on in a new outbox; returns its epoch.
Result<std::uint64_t> record_again(OutboxReader& reader, std::uint64_t first, OutboxOptions options,
                                   const Clock& clock) {
  auto outbox = Outbox::open(std::move(options), clock);
  if (!outbox) return outbox.error();
  auto recorded = each_pack(reader, first - 1, [&](const StoredPack& stored) -> Result<bool> {
    auto pack = schema::decode_pack(stored.body);
    if (!pack) {
      return Error{Action::stop, fmt::format("pack {} of the outbox cannot be read: {}",
                                             stored.first.sequence, pack.error().message)};
    }
    std::vector<Bytes> events;
    for (std::size_t i = 0; i < pack->size(); ++i) events.emplace_back(pack->event(i));
    const auto appended = (*outbox)->append({events});
    if (!appended) return appended.error();
    return true;
  });
  if (!recorded) return recorded.error();
  return (*outbox)->last().epoch;
}

/// What else is in an outbox: how far logs were read, and the lines that were rejected.
Result<void> copy_lines(const std::filesystem::path& from, const std::filesystem::path& to) {
  auto database = Database::open(to, kOutboxFile);
  if (!database) return database.error();
  auto attach = database->prepare("ATTACH ?1 AS before");
  if (!attach) return attach.error();
  if (auto attached = attach->run(ByteView(from.native())); !attached) return attached;
  return database->execute(
      "BEGIN IMMEDIATE;"
      "INSERT INTO progress SELECT * FROM before.progress;"
      "INSERT INTO rejected_line SELECT * FROM before.rejected_line;"
      "UPDATE outbox SET rejected_lines = (SELECT rejected_lines FROM before.outbox);"
      "COMMIT;");
}

/// Puts `replacement` in the place of `file` at once, and keeps `file` under another name.
Result<void> exchange(const std::filesystem::path& file, const std::filesystem::path& replacement,
                      const std::filesystem::path& kept_as) {
  std::error_code failed;
  std::filesystem::create_hard_link(file, kept_as, failed);
  if (!failed) std::filesystem::rename(replacement, file, failed);
  if (failed) {
    return Error{Action::stop, fmt::format("{} could not be kept as {}: {}", file.string(),
                                           kept_as.string(), failed.message())};
  }
  return {};
}

/// Leaves nothing of an earlier try, and no log beside the file that is kept.
Result<void> clear_way(const std::filesystem::path& file,
                       const std::filesystem::path& replacement) {
  for (const char* end : {"", "-wal", "-shm", ".lock"}) {
    std::error_code ignored;  // what is not there need not go; what stays is found when it is made
    std::filesystem::remove(replacement.string() + end, ignored);
  }
  auto database = Database::open(file, kOutboxFile);
  if (!database) return database.error();
  return database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

Result<NewEpoch> begin_new_epoch(const std::filesystem::path& file,
                                 const CannotBeStored& cannot_be_stored, const Clock& clock) {
  const auto status = read_outbox_status(file);  // a file that is not there is not made
  if (!status) return status.error();
  const auto lock = OwnerLock::take(file);
  if (!lock) return lock.error();
  NewEpoch done{status->node, status->epoch, 0, 0, 0, file};
  done.kept_as += fmt::format(".epoch-{}", status->epoch);
  std::filesystem::path replacement = file;
  replacement += ".new-epoch";
  if (auto clear = clear_way(file, replacement); !clear) return clear.error();
  {
    auto reader = OutboxReader::open(file);
    if (!reader) return reader.error();
    const auto first = find_first(*reader, cannot_be_stored);
    if (!first) return first.error();
    if (!*first) return done;
    done.first_sequence = **first;
    OutboxOptions options;
    options.file = replacement;
    options.node = status->node;
    const auto epoch = record_again(*reader, **first, std::move(options), clock);
    if (!epoch) return epoch.error();
    done.epoch = *epoch;
  }
  done.events = status->recorded - done.first_sequence + 1;
  if (auto copied = copy_lines(file, replacement); !copied) return copied.error();
  if (reach_failpoint("outbox.before_new_epoch") == Failure::error) {
    return Error{Action::stop, "failure point outbox.before_new_epoch"};
  }
  if (auto exchanged = exchange(file, replacement, done.kept_as); !exchanged) {
    return exchanged.error();
  }
  std::error_code ignored;  // an empty file, which nobody looks at
  std::filesystem::remove(replacement.string() + ".lock", ignored);
  return done;
}

}  // namespace mgc::spool
