#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "db/pack_fate.hpp"
#include "schema/ledger.hpp"
#include "spool/new_epoch.hpp"

namespace mgc::app {
namespace {

struct NewEpochFlags {
  std::string outbox;
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  bool json = false;
};

/// Compares an outbox with mgccomp, pack by pack.
class Comparison {
 public:
  Comparison(db::PackFates fates, std::string node) : fates_(std::move(fates)), node_(node) {}

  Result<spool::Standing> standing_of(const spool::StoredPack& pack) {
    const auto fate = fates_.of(node_, pack.first.epoch, {pack.first.sequence, pack.last_sequence},
                                schema::bytes_of(hasher_.sha256(pack.body)));
    if (!fate) return fate.error();
    switch (*fate) {
      case db::PackFate::stored:
      case db::PackFate::acknowledged: return spool::Standing::held;
      case db::PackFate::refused:
      case db::PackFate::contradicted: return spool::Standing::refused;
      case db::PackFate::unknown: break;
    }
    return spool::Standing::unknown;
  }

 private:
  db::PackFates fates_;
  const std::string node_;
  schema::Hasher hasher_;
};

int new_epoch(const NewEpochFlags& flags, const Clock& clock) {
  const auto status = spool::read_outbox_status(flags.outbox);
  if (!status) return report(status.error());
  auto fates = db::PackFates::open(flags.mgccomp);
  if (!fates) return report(fates.error());
  Comparison comparison(std::move(*fates), status->node);
  ProgressBar bar("compare", clock);
  const auto done = spool::begin_new_epoch(
      flags.outbox,
      [&](const spool::StoredPack& pack) {
        bar.show(pack.last_sequence, status->recorded,
                 fmt::format("sequence {}", pack.last_sequence));
        return comparison.standing_of(pack);
      },
      clock);
  if (!done) return report(done.error());
  const bool needed = done->epoch != 0;
  const nlohmann::json document = {{"node", done->node},
                                   {"epoch_before", done->epoch_before},
                                   {"epoch", needed ? done->epoch : done->epoch_before},
                                   {"first_sequence", done->first_sequence},
                                   {"events", done->events},
                                   {"kept_as", needed ? done->kept_as.string() : ""}};
  print_result(
      flags.json, document.dump(2),
      needed ? fmt::format("{} events, from sequence {} of epoch {} on, were recorded again under "
                           "epoch {}; the outbox as it was is kept as {}",
                           done->events, done->first_sequence, done->epoch_before, done->epoch,
                           done->kept_as.string())
             : "mgccomp refused no pack of this outbox: nothing was changed");
  return needed ? kExitFine : kExitFinding;
}

}  // namespace

void add_new_epoch_command(CLI::App& node, Context& context) {
  auto flags = std::make_shared<NewEpochFlags>();
  CLI::App* command = node.add_subcommand(
      "new-epoch",
      "For an outbox that stopped because another one used its identity (a copy, a backup that was "
      "put back): records what mgccomp cannot store of it again, under a new epoch. Exit code 1 "
      "when there is nothing to do");
  command->add_option("--outbox", flags->outbox, "The node's durable file; nobody may use it now")
      ->required();
  command
      ->add_option("--mgccomp", flags->mgccomp, "SOCI connection string of the compliance record")
      ->capture_default_str();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return new_epoch(*flags, context.clock); };
  });
}

}  // namespace mgc::app
