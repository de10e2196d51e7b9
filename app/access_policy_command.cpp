#include <fmt/format.h>

#include <memory>

#include "app/access_entry.hpp"
#include "app/command.hpp"
#include "db/access_log.hpp"

namespace mgc::app {

void add_access_policy_command(CLI::App& database, Context& context) {
  struct Flags {
    std::string dsn;
    bool optional = false;
    bool required = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command = database.add_subcommand(
      "access-log",
      "Say whether mgc audit may read what it cannot note in the access log: a read-only replica, "
      "a file on a read-only disk. At first it may not");
  command->add_option("dsn", flags->dsn, "SOCI connection string, sqlite3://db=FILE")->required();
  auto* choice = command->add_option_group("choice");
  choice->add_flag("--optional", flags->optional, "mgc audit --no-access-log is allowed");
  choice->add_flag("--required", flags->required, "Every access has to be noted");
  choice->require_option(1);
  command->callback([&context, flags] {
    context.access = {flags->dsn, "db access-log",
                      fmt::format("{{\"optional\":{}}}", flags->optional)};
    context.run = [&context, flags] {
      return run_noted(context, [flags]() -> int {
        const auto set = db::set_access_optional(flags->dsn, flags->optional);
        if (!set) return report(set.error());
        print_result(false, "",
                     flags->optional ? "mgc audit --no-access-log reads without a note"
                                     : "every access is noted, or nothing is read");
        return kExitFine;
      });
    };
  });
}

}  // namespace mgc::app
