#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "audit/signed_note.hpp"

namespace mgc::app {
namespace {

struct KeyFlags {
  std::string file;
  std::string name;
  bool json = false;
};

std::string host_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) return "mgc";
  return host;
}

int make_key(const KeyFlags& flags) {
  const auto key = audit::SigningKey::make(flags.name.empty() ? host_name() : flags.name);
  if (!key) return report(key.error());
  if (const auto written = key->write(flags.file); !written) return report(written.error());
  const std::string text = key->verifier().text();
  const nlohmann::json document = {
      {"key", flags.file}, {"public", flags.file + ".pub"}, {"verifier", text}};
  print_result(flags.json, document.dump(2), text);
  return kExitFine;
}

}  // namespace

void add_key_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<KeyFlags>();
  CLI::App* key = audit_app.add_subcommand("key", "The keys that checkpoints are signed with");
  key->require_subcommand(1);
  CLI::App* command = key->add_subcommand(
      "new", "Make an Ed25519 key: FILE, for its owner only, and FILE.pub, which verifies");
  command->add_option("file", flags->file, "The private key; one that is there is never replaced")
      ->required();
  command->add_option("--name", flags->name,
                      "Whose key it is, as a URL without a scheme: example.org/mgc; default: the "
                      "host's name");
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] { context.run = [flags] { return make_key(*flags); }; });
}

}  // namespace mgc::app
