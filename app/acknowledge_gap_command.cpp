#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "db/acknowledge_gap.hpp"

namespace mgc::app {

void add_acknowledge_gap_command(CLI::App& database, Context& context) {
  struct Flags {
    std::string dsn, reason;
    db::GapOfNode gap;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command = database.add_subcommand(
      "acknowledge-gap",
      "Note that nobody can send the sequences of a gap any more: receipts go past it, and the "
      "node's outbox need not keep what follows. The gap stays in mgc audit gaps, with the reason");
  command->add_option("dsn", flags->dsn, "SOCI connection string, sqlite3://db=FILE")->required();
  command->add_option("--node", flags->gap.node, "As mgc audit gaps lists it")->required();
  command->add_option("--epoch", flags->gap.epoch)->required();
  command->add_option("--first", flags->gap.range.first, "First missing sequence")->required();
  command->add_option("--last", flags->gap.range.last, "Last missing sequence")->required();
  command->add_option("--reason", flags->reason, "Who found it, and what happened")->required();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [flags]() -> int {
      const auto position = db::acknowledge_gap(flags->dsn, flags->gap, flags->reason);
      if (!position) return report(position.error());
      const nlohmann::json document = {{"node", flags->gap.node},
                                       {"epoch", flags->gap.epoch},
                                       {"contiguous_through", position->contiguous_through},
                                       {"max_seen", position->max_seen}};
      print_result(flags->json, document.dump(2),
                   fmt::format("receipts of node {}, epoch {}, go through {} of {} from its next "
                               "event on, at the latest its next watermark",
                               flags->gap.node, flags->gap.epoch, position->contiguous_through,
                               position->max_seen));
      return kExitFine;
    };
  });
}

}  // namespace mgc::app
