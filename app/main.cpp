#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "app/command.hpp"
#include "app/stop_signals.hpp"
#include "core/log.hpp"

int main(int argc, char** argv) {
  mgc::app::Context context;
  CLI::App app;
  mgc::app::add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version come this way too, with exit code 0.
    return app.exit(error) == 0 ? mgc::app::kExitFine : mgc::app::kExitUsage;
  }
  ::umask(S_IWGRP | S_IRWXO);  // chats are not for everybody on the machine
  mgc::start_log(mgc::log_level_from_name(context.log_level).value_or(mgc::LogLevel::info));
  const mgc::app::StopSignals signals;
  context.stop = signals.token();
  try {
    return context.run();
  } catch (const std::exception& error) {
    // Libraries report exhausted memory and the like this way; everything expected is a Result.
    return mgc::app::report({mgc::Action::stop, error.what()});
  }
}
