#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "app/command.hpp"

namespace mgc::app {
namespace {

std::string in_code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

/// The settings of one command as a Markdown table; nothing when it has none.
void describe(const CLI::App& command, const std::string& name, std::string& out) {
  std::string rows;
  for (const CLI::Option* option : command.get_options()) {
    const std::string flag = option->get_name();
    if (flag == "--help" || flag == "--version" || option->get_lnames().empty()) continue;
    std::string range = option->get_type_name();
    rows += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", flag, option->get_lnames().front(),
                        cell(in_code(option->get_default_str())), cell(range),
                        cell(option->get_description()));
  }
  if (!rows.empty()) {
    out += fmt::format(
        "\n## {}\n\n| flag | key | default | type and range | meaning |\n"
        "|---|---|---|---|---|\n{}",
        name, rows);
  }
  for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    describe(*sub, name + " " + sub->get_name(), out);
  }
}

}  // namespace

void add_settings_command(CLI::App& app, Context& context) {
  CLI::App* settings =
      app.add_subcommand("settings", "Print every setting as Markdown: docs/configuration.md");
  settings->callback([&app, &context] {
    context.run = [&app] {
      std::string out =
          "# Configuration\n\n"
          "Made by `mgc settings`; a test holds this page against the program.\n\n"
          "Every setting is a flag and a key of the TOML file that `--config FILE` names. The\n"
          "section is the command, for instance `[consume]` or `[node.replay]`; a flag on the\n"
          "command line wins over the file.\n";
      describe(app, "mgc", out);
      fmt::print(stdout, "{}", out);
      return static_cast<int>(kExitFine);
    };
  });
}

}  // namespace mgc::app
