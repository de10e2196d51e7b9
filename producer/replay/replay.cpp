#include "producer/replay/replay.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "core/utf8.hpp"
#include "producer/replay/line_reader.hpp"
#include "producer/replay/log_parser.hpp"
#include "producer/replay/log_sample.hpp"
#include "producer/replay/names.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger.hpp"

namespace mgc::producer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What SourceProgress.state holds.
struct SavedState {
  LogFormat format = LogFormat::auto_detect;
  std::int64_t last_chat_id = 0;
  std::uint64_t generation = 1;  ///< which file of this name, counted by their beginnings
  std::string parser;

  [[nodiscard]] Bytes to_bytes() const {
    const json out = {{"format", to_string(format)},
                      {"last_chat_id", last_chat_id},
                      {"generation", generation},
                      {"parser", parser}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  [[nodiscard]] static std::optional<SavedState> from_bytes(ByteView bytes) {
    const json in = json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (!in.is_object()) return std::nullopt;
    const json format = in.value("format", json());
    const json chat_id = in.value("last_chat_id", json());
    const json generation = in.value("generation", json());
    const json parser = in.value("parser", json());
    if (!format.is_string() || !chat_id.is_number_integer() || !generation.is_number_unsigned() ||
        !parser.is_string()) {
      return std::nullopt;
    }
    const auto known = log_format_from_name(format.get_ref<const std::string&>());
    if (!known) return std::nullopt;
    return SavedState{*known, chat_id.get<std::int64_t>(), generation.get<std::uint64_t>(),
                      parser.get<std::string>()};
  }
};

Error about(const fs::path& path, std::string_view what) {
  return Error{Action::stop, fmt::format("{}: {}", printable(path.string()), what)};
}

/// The room of a log whose lines name none.
std::string fallback_room(const fs::path& path, LogFormat format) {
  if (!path_names_channel(path.string()) && format == LogFormat::ubuntu) return "#ubuntu";
  std::string room = room_from_path(path.string());
  if (room.empty()) room = path.parent_path().filename().string();
  return room.empty() ? "log" : utf8_from_mixed(room);
}

/// The replay of one file.
class FileReplay {
 public:
  FileReplay(fs::path path, const ReplayOptions& options, spool::Outbox& outbox,
             std::stop_token stop)
      : path_(std::move(path)),
        options_(options),
        outbox_(outbox),
        stop_(stop),
        recorder_(outbox, options.recorder, stop) {}

  Result<ReplayResult> run() {
    if (auto opened = open(); !opened) return opened.error();
    if (!parser_) return result_;  // an empty file
    const auto finished = record_lines();
    if (!finished) {
      return Error{finished.error().action, fmt::format("{} ({} lines before it are recorded)",
                                                        finished.error().message, recorded_.lines)};
    }
    return finish();
  }

 private:
  Result<void> open() {
    auto stored = outbox_.progress(path_.string());
    if (!stored) return stored.error();
    auto reader = LineReader::open(path_);
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    if (*stored) {
      auto resumed = resume(**stored);
      if (!resumed || *resumed) return resumed ? Result<void>() : Result<void>(resumed.error());
    }
    return begin();
  }

  /// Goes on behind what is recorded. False when that was another file.
  Result<bool> resume(const spool::SourceProgress& stored) {
    auto saved = SavedState::from_bytes(stored.state);
    if (!saved) {
      return about(path_,
                   "its progress was written by another version; use the version that "
                   "began it, or another outbox");
    }
    auto same = reader_->resume({stored.bytes, stored.line_number}, stored.sha256);
    if (!same) return same.error();
    if (!*same) {
      log_warning("{}: not the file that was recorded under this name; recording it from its start",
                  printable(path_.string()));
      state_.generation = saved->generation + 1;
      auto reader = LineReader::open(path_);
      if (!reader) return reader.error();
      reader_ = std::move(*reader);
      return false;
    }
    state_ = std::move(*saved);
    if (options_.format != LogFormat::auto_detect) state_.format = options_.format;
    parser_ = std::make_unique<LogParser>(state_.format, context({}));
    if (!parser_->restore(state_.parser)) {
      return about(path_,
                   "its progress was written by another version; use the version that "
                   "began it, or another outbox");
    }
    recorded_ = stored;
    result_.skipped_lines = stored.lines;
    return true;
  }

  /// Finds out what the file is, from its first lines and its name.
  Result<void> begin() {
    auto sample = read_sample(path_);
    if (!sample) return sample.error();
    recorded_.path = path_.string();
    if (sample->lines.empty()) {
      log_warning("{}: is empty; nothing to record", printable(path_.string()));
      return {};
    }
    state_.format = options_.format;
    if (state_.format == LogFormat::auto_detect) {
      auto detected = detect_format(*sample, path_);
      if (!detected) return detected.error();
      state_.format = *detected;
    }
    LogContext known = context(*sample);
    const bool has_full_times =
        state_.format == LogFormat::weechat || state_.format == LogFormat::jsonl;
    if (!known.date && !has_full_times) {
      return about(path_, "no date in its name or its first lines; pass --date YYYY-MM-DD");
    }
    parser_ = std::make_unique<LogParser>(state_.format, std::move(known));
    return {};
  }

  [[nodiscard]] LogContext context(const LogSample& sample) const {
    LogContext out;
    out.file = utf8_from_mixed(path_.filename().string());
    out.domain = options_.domain;
    out.room = options_.room;
    out.utc_offset = options_.utc_offset;
    out.date = options_.date ? options_.date : date_from_path(path_);
    if (!out.date) out.date = first_date(sample, state_.format);
    out.first_room = first_channel(sample, state_.format);
    if (out.first_room.empty()) out.first_room = fallback_room(path_, state_.format);
    return out;
  }

  Result<void> record_lines() {
    spool::SourceProgress next = recorded_;
    while (!stop_.stop_requested()) {
      auto line = reader_->next();
      if (!line) {
        const auto flushed = flush(next);
        return flushed ? line.error() : flushed.error();
      }
      if (!*line) return flush(next);
      if ((*line)->text.empty()) continue;
      read(**line, next);
      if (batch_lines_ < options_.batch_lines && batch_bytes_ < options_.batch_bytes) continue;
      if (auto flushed = flush(next); !flushed) return flushed;
    }
    result_.stopped = true;
    return flush(next);
  }

  /// Makes an event or a reject of one line.
  void read(const Line& line, spool::SourceProgress& next) {
    ++next.lines;
    ++batch_lines_;
    if (line.over_long) {
      return reject(line, next,
                    fmt::format("a line of more than {} bytes; the first {} of its {} are kept",
                                kLineBytesMax, line.text.size(), line.bytes));
    }
    if (line.continued) {
      return reject(line, next, "the rest of a line that was recorded before it had an end");
    }
    auto parsed = parser_->parse(line.text, line.number);
    if (const auto* refused = std::get_if<Reject>(&parsed)) {
      return reject(line, next, refused->reason);
    }
    auto& event = std::get<schema::Event>(parsed);
    const bool numbered = event.kind == schema::EventKind::chat && event.chat_id == 0;
    if (numbered && !options_.assign_chat_ids) event.chat_id = state_.last_chat_id + 1;
    auto encoded = schema::encode_event(event);
    if (!encoded) return reject(line, next, encoded.error().message);
    if (numbered) ++state_.last_chat_id;
    ++next.events;
    batch_bytes_ += encoded->size();
    encoded_.push_back(std::move(*encoded));
    if (options_.assign_chat_ids) events_.push_back({std::move(event), line.number});
  }

  void reject(const Line& line, spool::SourceProgress& next, std::string reason) {
    ++next.rejects;
    batch_bytes_ += line.text.size();
    rejects_.push_back({path_.string(), line.number, std::move(reason), Bytes(line.text)});
  }

  /// Appends the batch and how far it reaches, as one.
  Result<void> flush(spool::SourceProgress& next) {
    if (batch_lines_ == 0) return {};
    if (auto assigned = assign_chat_ids(); !assigned) return assigned;
    const ReadPosition position = reader_->position();
    next.bytes = position.bytes;
    next.line_number = position.line_number;
    next.sha256 = Bytes(schema::bytes_of(reader_->sha256()));
    state_.parser = parser_->state();
    next.state = state_.to_bytes();
    auto appended = recorder_.append({encoded_, &next, rejects_});
    if (!appended) return appended.error();
    if (!*appended) {
      result_.stopped = true;
      return {};
    }
    result_.added += batch_lines_;
    recorded_ = next;
    batch_lines_ = 0;
    batch_bytes_ = 0;
    encoded_.clear();
    events_.clear();
    rejects_.clear();
    if (options_.on_progress) {
      const ByteSource& source = reader_->source();
      options_.on_progress({recorded_.lines, source.file_bytes_read(), source.file_bytes_total()});
    }
    return {};
  }

  Result<void> assign_chat_ids() {
    if (!options_.assign_chat_ids || events_.empty()) return {};
    schema::Hasher hasher;
    const schema::Digest digest = hasher.sha256(path_.string());
    std::string source = schema::to_hex(schema::bytes_of(digest)).substr(0, 16);
    if (state_.generation > 1) source += fmt::format(".{}", state_.generation);
    if (auto assigned = options_.assign_chat_ids(source, events_); !assigned) return assigned;
    for (std::size_t at = 0; at < events_.size(); ++at) {
      if (events_[at].event.chat_id == 0) continue;
      auto encoded = schema::encode_event(events_[at].event);
      if (!encoded) return encoded.error();
      encoded_[at] = std::move(*encoded);
    }
    return {};
  }

  ReplayResult finish() {
    result_.format = state_.format;
    result_.lines = recorded_.lines;
    result_.events = recorded_.events;
    result_.rejects = recorded_.rejects;
    return result_;
  }

  const fs::path path_;  ///< canonical
  const ReplayOptions& options_;
  spool::Outbox& outbox_;
  const std::stop_token stop_;
  Recorder recorder_;

  std::unique_ptr<LineReader> reader_;
  std::unique_ptr<LogParser> parser_;
  SavedState state_;
  spool::SourceProgress recorded_;  ///< what the outbox holds
  ReplayResult result_;

  // The batch that is being gathered.
  std::size_t batch_lines_ = 0;
  std::size_t batch_bytes_ = 0;
  std::vector<Bytes> encoded_;
  std::vector<ReplayedEvent> events_;  ///< as encoded_; only kept for assign_chat_ids
  std::vector<spool::RejectedLine> rejects_;
};

}  // namespace

Result<ReplayResult> replay_file(const fs::path& path, const ReplayOptions& options,
                                 spool::Outbox& outbox, std::stop_token stop) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  if (error) return about(path, fmt::format("cannot be opened: {}", error.message()));
  return FileReplay(canonical, options, outbox, std::move(stop)).run();
}

}  // namespace mgc::producer
