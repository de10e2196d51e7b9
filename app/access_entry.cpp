#include "app/access_entry.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/author.hpp"
#include "app/recorded.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

json value_of(const CLI::Option& option) {
  const auto& results = option.results();
  if (option.get_expected_max() == 0) return true;
  return results.size() == 1 ? json(utf8_from_mixed(results.front())) : [&] {
    json all = json::array();
    for (const std::string& result : results) all.push_back(utf8_from_mixed(result));
    return all;
  }();
}

json flags_of(const CLI::App& command) {
  json flags = json::object();
  for (const CLI::Option* option : command.get_options()) {
    const auto& names = option->get_lnames();
    const std::string name = names.empty() ? option->get_single_name() : names.front();
    // Where it reads is where the row is; how it prints is nobody's concern.
    if (option->count() == 0 || name == "mgccomp" || name == "json") continue;
    flags[name] = value_of(*option);
  }
  return flags;
}

Error refused(const Error& why) {
  return {why.action,
          fmt::format("nothing is read, because it cannot be noted in the access log: {}; name a "
                      "database that can be written, or use --no-access-log where mgc db "
                      "access-log allows it",
                      why.message)};
}

/// @errors stop  the owner of the database does not allow it.
Result<void> check_optional(const std::string& mgccomp) {
  const auto allowed = db::access_is_optional(mgccomp);
  if (!allowed) return allowed.error();
  if (*allowed) return {};
  return Error{Action::stop,
               "--no-access-log: every access to this database has to be noted; its owner can "
               "allow others with mgc db access-log"};
}

}  // namespace

std::optional<AccessRequest> access_request(const CLI::App& group) {
  AccessRequest request;
  const CLI::App* command = &group;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    request.command.append(request.command.empty() ? "" : " ").append(command->get_name());
  }
  const CLI::Option* mgccomp = command->get_option_no_throw("--mgccomp");
  // Who signs checkpoints or brings an archive in shows nothing to anybody.
  const bool shows_nothing =
      request.command == "checkpoint" || request.command == "import lync-xml";
  if (mgccomp == nullptr || shows_nothing) return std::nullopt;
  request.mgccomp = mgccomp->as<std::string>();
  request.details = flags_of(*command).dump();
  return request;
}

Result<Access> Access::begin(const AccessRequest& request) {
  const db::DutyAuthor by = author();
  db::AccessNote note{0, by.os_user, by.host, request.command, request.details};
  if (request.unnoted) {
    if (auto allowed = check_optional(request.mgccomp); !allowed) return allowed.error();
    return Access(std::nullopt, std::move(note));
  }
  auto log = db::AccessLog::open(request.mgccomp);
  if (!log) return refused(log.error());
  const auto begun = try_again([&] { return log->add(note); });
  if (!begun) return refused(begun.error());
  note.of_entry = *begun;
  return Access(std::move(*log), std::move(note));
}

Result<void> Access::end(int exit_code, const Seen& seen) {
  if (!log_) return {};
  json details = {{"exit", exit_code}, {"events", seen.events}, {"files", seen.files}};
  if (!seen.place.empty()) details["place"] = seen.place;
  note_.details = details.dump(-1, ' ', false, json::error_handler_t::replace);
  const auto ended = try_again([&] { return log_->add(note_); });
  if (!ended) return ended.error();
  return {};
}

int run_noted(const Context& context, const std::function<int()>& run) {
  auto access = Access::begin(*context.access);
  if (!access) return report(access.error());
  const int code = run();
  if (const auto ended = access->end(code, context.seen); !ended) return report(ended.error());
  return code;
}

}  // namespace mgc::app
