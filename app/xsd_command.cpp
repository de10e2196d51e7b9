#include <fmt/format.h>

#include "app/command.hpp"
#include "audit/formats/lync_xml.hpp"

namespace mgc::app {

void add_xsd_command(CLI::App& audit_app, Context& context) {
  CLI::App* command =
      audit_app.add_subcommand("xsd", "Print the schema that each lync-xml file is valid against");
  command->callback([&context] {
    context.run = [] {
      fmt::print(stdout, "{}", audit::lync_xml_schema());
      return static_cast<int>(kExitFine);
    };
  });
}

}  // namespace mgc::app
