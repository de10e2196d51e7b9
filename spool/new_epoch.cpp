#include "spool/new_epoch.hpp"

#include <fmt/format.h>

#include <limits>
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

Error may_still_come(const StoredPack& pack) {
  return Error{
      Action::stop,
      fmt::format("sequences {} to {} of epoch {} are not in mgccomp and may still come out "
                  "of the queue; they would be stored twice. Wait until mgc queue status "
                  "shows an empty queue while the service runs, then try again",
                  pack.first.sequence, pack.last_sequence, pack.first.epoch)};
}

/// The first sequence that is refused; nullopt when none is.
Result<std::optional<std::uint64_t>> find_first(OutboxReader& reader, std::uint64_t accepted,
                                                const StandingOf& standing_of) {
  std::optional<std::uint64_t> first;
  std::optional<StoredPack> unknown;  // that may still come
  auto walked = each_pack(reader, 0, [&](const StoredPack& pack) -> Result<bool> {
    const auto standing = standing_of(pack);
    if (!standing) return standing.error();
    if (*standing == Standing::refused && !first) first = pack.first.sequence;
    const bool may_come = !first || pack.last_sequence <= accepted;
    if (*standing == Standing::unknown && may_come && !unknown) {
      unknown = StoredPack{pack.first, pack.last_sequence, {}};
    }
    return true;
  });
  if (!walked) return walked.error();
  if (first && unknown) return may_still_come(*unknown);
  return first;
}

struct Recorded {
  std::uint64_t epoch = 0;
  std::uint64_t events = 0;
};

/// Records what is not held from sequence `first` on in a new outbox.
Result<Recorded> record_again(OutboxReader& reader, std::uint64_t first,
                              const StandingOf& standing_of, OutboxOptions options,
                              const Clock& clock) {
  // All of it was within a quota before.
  options.quota_bytes = std::numeric_limits<std::int64_t>::max();
  options.quota_packs = std::numeric_limits<std::int64_t>::max();
  auto outbox = Outbox::open(std::move(options), clock);
  if (!outbox) return outbox.error();
  auto recorded = each_pack(reader, first - 1, [&](const StoredPack& stored) -> Result<bool> {
    const auto standing = standing_of(stored);
    if (!standing) return standing.error();
    if (*standing == Standing::held) return true;
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
  return Recorded{(*outbox)->last().epoch, (*outbox)->last().sequence};
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
  // There already, and the same file: an earlier try was killed here.
  const bool kept = std::filesystem::exists(kept_as) && std::filesystem::equivalent(file, kept_as);
  if (!kept) std::filesystem::create_hard_link(file, kept_as, failed);
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

Result<NewEpoch> begin_new_epoch(const std::filesystem::path& file, const StandingOf& standing_of,
                                 const Clock& clock) {
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
    const auto first = find_first(*reader, status->accepted, standing_of);
    if (!first) return first.error();
    if (!*first) return done;
    done.first_sequence = **first;
    OutboxOptions options;
    options.file = replacement;
    options.node = status->node;
    const auto recorded = record_again(*reader, **first, standing_of, std::move(options), clock);
    if (!recorded) return recorded.error();
    done.epoch = recorded->epoch;
    done.events = recorded->events;
  }
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
