#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/dead_letter_replay.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/dead_letters.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

constexpr std::size_t kPreviewBytes = 256;

struct LetterFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  bool json = false;
  std::size_t limit = 100;
  std::vector<std::int64_t> ids;
  std::string raw;  // a file, "-" = stdout, empty = none
  bool all = false;
  BrokerFlags broker;
};

struct ShownLetter {
  db::DeadLetter letter;
  db::PackState state = db::PackState::unknown;
};

json to_json(const ShownLetter& shown) {
  const db::DeadLetter& letter = shown.letter;
  const auto& pack = letter.pack;
  return {{"id", letter.id()},
          {"received_at", format_utc(letter.received_at)},
          {"lane", letter.lane},
          {"message_id", letter.message_id},
          {"node", pack ? json(pack->node) : json(nullptr)},
          {"epoch", pack ? json(pack->epoch) : json(nullptr)},
          {"first_sequence", pack ? json(pack->first_sequence) : json(nullptr)},
          {"bytes", letter.bytes()},
          {"parts", letter.rows.size()},
          {"reason", letter.reason},
          {"pack", to_string(shown.state)}};
}

std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

int list(db::DeadLetters& letters, const LetterFlags& flags) {
  std::deque<db::DeadLetter> newest;
  std::uint64_t total = 0;
  const auto listed = letters.each([&](db::DeadLetter letter) -> Result<bool> {
    ++total;
    newest.push_back(std::move(letter));
    if (newest.size() > flags.limit) newest.pop_front();
    return true;
  });
  if (!listed) return report(listed.error());
  json document = {{"letters", json::array()}, {"total", total}};
  std::vector<std::vector<std::string>> rows;
  for (db::DeadLetter& letter : newest) {
    const auto state = letters.pack_state(letter);
    if (!state) return report(state.error());
    document["letters"].push_back(to_json({letter, *state}));
    rows.push_back({std::to_string(letter.id()), format_utc(letter.received_at),
                    printable(letter.lane), printable(letter.message_id),
                    with_commas(letter.bytes()), std::string(to_string(*state)),
                    printable(letter.reason)});
  }
  std::string text =
      total == 0 ? "no dead letters"
                 : table({"id", "received", "lane", "message id", "bytes", "pack", "reason"}, rows);
  if (total > newest.size()) {
    text += fmt::format("\n{} older ones; for more: --limit N", with_commas(total - newest.size()));
  }
  print_result(flags.json, dump(document), text);
  return kExitFine;
}

/// Sixteen bytes a line, in hexadecimal and as ASCII; harmless for a terminal.
std::string hex_dump(ByteView bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    std::string hex;
    std::string text;
    for (const char c : bytes.substr(at, 16)) {
      const auto byte = static_cast<unsigned char>(c);
      hex += fmt::format("{:02x} ", byte);
      text += byte >= 0x20 && byte < 0x7F ? c : '.';
    }
    out += fmt::format("\n{:08x}  {:<48} {}", at, hex, text);
  }
  return out;
}

/// What this version of the program reads in the bytes.
std::string reading_of(ByteView raw) {
  const auto pack = schema::decode_pack(raw);
  if (!pack) return "no pack: " + printable(pack.error().message);
  return fmt::format("pack {} of {} events", pack->header().message_id(), pack->size());
}

Result<void> write_raw(const std::string& file, const Bytes& raw) {
  if (file == "-") {
    std::cout.write(raw.data(), static_cast<std::streamsize>(raw.size())).flush();
    if (std::cout) return {};
    return Error{Action::stop, "stdout could not be written"};
  }
  if (std::filesystem::exists(file)) {
    return Error{Action::stop, fmt::format("--raw {}: it is there already", file)};
  }
  std::ofstream out(file, std::ios::binary);
  if (out.write(raw.data(), static_cast<std::streamsize>(raw.size())).flush()) return {};
  return Error{Action::stop, fmt::format("--raw {}: it cannot be written", file)};
}

int show(db::DeadLetters& letters, const LetterFlags& flags) {
  const bool to_stdout = flags.raw == "-";
  if (to_stdout && flags.json) return report({Action::stop, "--raw - and --json are both stdout"});
  if (to_stdout && ::isatty(STDOUT_FILENO) == 1) {
    return report({Action::stop,
                   "--raw -: stdout is a terminal, which bytes of others may "
                   "command; write to a file or a pipe"});
  }
  const auto letter = letters.find(flags.ids.front());
  if (!letter) return report(letter.error());
  if (!*letter) {
    return report({Action::stop, fmt::format("there is no dead letter {}", flags.ids.front())});
  }
  const auto state = letters.pack_state(**letter);
  if (!state) return report(state.error());
  const auto raw = letters.raw(**letter);
  if (!raw) return report(raw.error());
  if (!flags.raw.empty()) {
    if (auto written = write_raw(flags.raw, *raw); !written) return report(written.error());
    if (to_stdout) return kExitFine;
  }
  schema::Hasher hasher;
  const std::string sha256 = schema::to_hex(schema::bytes_of(hasher.sha256(*raw)));
  const ByteView preview = ByteView(*raw).substr(0, kPreviewBytes);
  json document = to_json({**letter, *state});
  document["sha256"] = sha256;
  document["reads_as"] = reading_of(*raw);
  document["preview"] = schema::to_hex(preview);
  const db::DeadLetter& one = **letter;
  const std::string text = two_columns(
      {{"id", std::to_string(one.id())},
       {"received", format_utc(one.received_at)},
       {"lane", printable(one.lane)},
       {"message id", printable(one.message_id)},
       {"reason", printable(one.reason)},
       {"bytes", fmt::format("{} in {} parts", with_commas(one.bytes()), one.rows.size())},
       {"sha256", sha256},
       {"pack", std::string(to_string(*state))},
       {"reads as", reading_of(*raw)},
       {"begins", hex_dump(preview)}});
  print_result(flags.json, dump(document), text);
  return kExitFine;
}

int replay(db::DeadLetters& letters, const LetterFlags& flags, const Context& context) {
  if (flags.all != flags.ids.empty()) {
    return report({Action::stop, "the ids of dead letters are wanted, or --all"});
  }
  std::optional<Result<LetterReplay>> outcome;
  {
    ProgressBar bar("replay", context.clock);
    outcome = replay_letters(
        letters, flags.ids, flags.broker, context.clock, context.stop,
        [&](std::uint64_t done) { bar.show(done, flags.ids.size(), with_commas(done) + " sent"); });
  }
  if (!*outcome) return report(outcome->error());
  const LetterReplay& sum = **outcome;
  json document = {{"accepted", sum.accepted},
                   {"refused", sum.refused},
                   {"skipped", sum.skipped},
                   {"letters", json::array()}};
  std::string text;
  for (const ReplayedLetter& one : sum.letters) {
    document["letters"].push_back({{"id", one.id},
                                   {"message_id", one.message_id},
                                   {"accepted", one.accepted},
                                   {"outcome", one.outcome}});
    text += fmt::format("{}  {}  {}\n", one.id, printable(one.message_id), printable(one.outcome));
  }
  text += fmt::format("{} accepted by the queue, {} refused, {} skipped as stored", sum.accepted,
                      sum.refused, sum.skipped);
  if (sum.accepted > 0) {
    text += "; the service decides anew: mgc audit dead-letters list shows what is stored";
  }
  print_result(flags.json, dump(document), text);
  return sum.refused == 0 ? kExitFine : kExitFinding;
}

}  // namespace

void add_dead_letter_commands(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<LetterFlags>();
  CLI::App* group =
      audit_app.add_subcommand("dead-letters", "What could not be stored as events: look, replay");
  group->require_subcommand(1);
  using Run = std::function<int(db::DeadLetters&)>;
  const auto add = [&](const char* name, const char* what, const Run& run) {
    CLI::App* command = group->add_subcommand(name, what);
    command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
        ->capture_default_str();
    command->add_flag("--json", flags->json, "One JSON document on stdout");
    command->callback([&context, flags, run] {
      context.run = [flags, run] {
        auto letters = db::DeadLetters::open(flags->mgccomp);
        return letters ? run(*letters) : report(letters.error());
      };
    });
    return command;
  };
  CLI::App* list_app = add("list", "The newest ones, and whether their packs are stored meanwhile",
                           [flags](db::DeadLetters& letters) { return list(letters, *flags); });
  list_app->add_option("--limit", flags->limit, "Most letters")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  CLI::App* show_app = add("show", "One of them, with the beginning of its bytes",
                           [flags](db::DeadLetters& letters) { return show(letters, *flags); });
  show_app->add_option("id", flags->ids, "Its id")->required()->expected(1);
  show_app->add_option("--raw", flags->raw,
                       "Write its bytes as they came to this file; - = stdout");
  CLI::App* replay_app =
      add("replay",
          "Send them to their queue again, where the service decides anew; exit code 1 when the\n"
          "queue refuses one",
          [flags, &context](db::DeadLetters& letters) { return replay(letters, *flags, context); });
  replay_app->add_option("id", flags->ids, "Their ids");
  replay_app->add_flag("--all", flags->all, "All of the queue whose packs are not stored");
  add_broker_flags(*replay_app, flags->broker);
}

}  // namespace mgc::app
