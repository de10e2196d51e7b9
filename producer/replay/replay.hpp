#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "producer/replay/log_format.hpp"
#include "producer/replay/recorder.hpp"
#include "schema/event.hpp"
#include "spool/outbox.hpp"

namespace mgc::producer {

/// An event of a log, before it is recorded.
struct ReplayedEvent {
  schema::Event event;
  std::uint64_t line = 0;  ///< 1 = first line
};

/// Gives the posts among `events` their chat ids, for instance by writing them into the chat
/// database. Called once a batch, before it is recorded, and again with the same events when a
/// replay was killed in between. `source` names the log: the same log always has the same one, and
/// with the line it identifies an event.
using AssignChatIds =
    std::function<Result<void>(std::string_view source, std::span<ReplayedEvent> events)>;

struct ReplayProgress {
  std::uint64_t lines = 0;  ///< non-empty ones, read so far
  std::uint64_t bytes = 0;  ///< of the file itself, read so far
  std::uint64_t bytes_total = 0;
};

struct ReplayOptions {
  LogFormat format = LogFormat::auto_detect;
  std::string domain = "example.org";
  std::string room;                           ///< of every event; empty = as the log says
  std::optional<std::chrono::sys_days> date;  ///< of the first line; unset = as the log says
  std::chrono::minutes utc_offset{0};         ///< the log's local time minus UTC
  std::size_t batch_lines = 2000;             ///< lines that are recorded together ...
  std::size_t batch_bytes = std::size_t{1024} * 1024;  ///< ... or encoded bytes
  Recorder::Options recorder;
  AssignChatIds assign_chat_ids;  ///< unset = posts are numbered 1, 2, 3 ... within their file
  std::function<void(const ReplayProgress&)> on_progress;  ///< after each batch; may be unset
};

/// What the outbox holds of one file after a replay. lines = events + rejects.
struct ReplayResult {
  std::uint64_t lines = 0;  ///< non-empty lines
  std::uint64_t events = 0;
  std::uint64_t rejects = 0;
  std::uint64_t skipped_lines = 0;  ///< of those, recorded by an earlier replay
  std::uint64_t added = 0;          ///< of those, recorded by this one
  LogFormat format = LogFormat::auto_detect;
  bool stopped = false;  ///< the stop was asked for before the end of the file
};

/// Records a chat log: every non-empty line becomes one event or one reject.
///
/// Each batch is appended together with how far the file has been read, in one transaction. So a
/// replay that was killed goes on where it was; the same file again adds nothing; a file that has
/// grown since adds its new lines. A file whose recorded beginning has changed is another file of
/// that name and is recorded from its start, with a warning.
///
/// An empty file is no error; one warning is logged.
///
/// @param path    a plain or gzip file; read once, in flat memory.
/// @param outbox  borrowed for the call.
/// @errors stop   the file cannot be read, is damaged (after all lines before the damage are
///                recorded), is no chat log, or its date is not known; or as Outbox::append.
/// @threads one call per file at a time; blocks while the outbox is full; `stop` from any thread.
[[nodiscard]] Result<ReplayResult> replay_file(const std::filesystem::path& path,
                                               const ReplayOptions& options, spool::Outbox& outbox,
                                               std::stop_token stop = {});

}  // namespace mgc::producer
