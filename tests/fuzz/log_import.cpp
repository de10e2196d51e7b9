// Chat logs: what stands in a file, in every format, read at once and in pieces.
#include <algorithm>
#include <variant>
#include <vector>

#include "producer/replay/line_reader.hpp"
#include "producer/replay/log_parser.hpp"
#include "producer/replay/replay.hpp"
#include "schema/event_view.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/unit/producer/memory_outbox.hpp"

namespace mgc::fuzz {
namespace {

using producer::LineReader;
using producer::LogFormat;
using producer::LogParser;

/// A file in memory, of which no call gives more than `piece` bytes.
class MemorySource final : public producer::ByteSource {
 public:
  MemorySource(ByteView content, std::size_t piece) : content_(content), piece_(piece) {}
  Result<std::size_t> read(std::span<char> into) override {
    const auto count = std::min({into.size(), piece_, content_.size() - read_});
    std::ranges::copy(content_.substr(read_, count), into.begin());
    read_ += count;
    return count;
  }
  std::uint64_t file_bytes_read() const override { return read_; }
  std::uint64_t file_bytes_total() const override { return content_.size(); }

 private:
  ByteView content_;
  std::size_t piece_;
  std::size_t read_ = 0;
};

std::unique_ptr<LineReader> reader_of(ByteView content, std::size_t piece) {
  return LineReader::start(std::make_unique<MemorySource>(content, piece));
}

LogParser parser_of(LogFormat format, bool has_date) {
  producer::LogContext context{.file = "a.log", .room = {}, .first_room = "#a", .date = {}};
  if (has_date) context.date = std::chrono::sys_days{std::chrono::days{13212}};
  return {format, context};
}

/// What became of a line: an event's bytes or the reason why it is none.
using Outcomes = std::vector<std::string>;

void check_event(const schema::Event& event, ByteView wire) {
  const auto view = schema::view_event(wire);
  require(view.has_value(), "an event that was encoded can be read");
  require(view->kind == event.kind && view->occurred_at == event.occurred_at &&
              view->content == event.content && view->room.has_value() &&
              view->room->uri == event.room->uri && view->actor.has_value() == !!event.actor,
          "and says the same");
}

std::string outcome_of(LogParser& parser, const producer::Line& line) {
  auto parsed = parser.parse(line.text, line.number);
  if (const auto* reject = std::get_if<producer::Reject>(&parsed)) {
    require(!reject->reason.empty() && is_utf8(reject->reason), "a reject has a reason");
    return "reject " + reject->reason;
  }
  const auto& event = std::get<schema::Event>(parsed);
  const auto wire = schema::encode_event(event);
  if (!wire) {
    require_fit_to_show(wire.error());
    return "reject " + wire.error().message;
  }
  check_event(event, *wire);
  return *wire;
}

/// Reads on to the end of the log.
void read_on(LineReader& reader, LogParser& parser, std::size_t lines_max, Outcomes& out) {
  while (out.size() < lines_max) {
    const auto line = reader.next();
    require(line.has_value(), "memory can be read");
    if (!*line) return;
    if (!(*line)->text.empty()) out.push_back(outcome_of(parser, **line));
  }
}

/// A log that is read at once, in pieces, and by two replays one after the other says the same.
void check_reading(LogFormat format, std::size_t piece, std::size_t cut, ByteView content) {
  const bool has_date = piece % 8 != 0;
  Outcomes whole;
  auto reader = reader_of(content, content.size() + 1);
  LogParser parser = parser_of(format, has_date);
  read_on(*reader, parser, SIZE_MAX, whole);

  Outcomes pieces;
  reader = reader_of(content, piece + 1);
  parser = parser_of(format, has_date);
  read_on(*reader, parser, cut, pieces);
  auto later = reader_of(content, piece + 7);
  const auto resumed = later->resume(reader->position(), schema::bytes_of(reader->sha256()));
  require(resumed && *resumed, "a file that has not changed goes on where it was");
  LogParser restored = parser_of(format, has_date);
  require(restored.restore(parser.state()), "a parser understands its own state");
  read_on(*later, restored, SIZE_MAX, pieces);
  require(pieces == whole, "pieces are read as the whole");
}

void check_result(const Result<producer::ReplayResult>& result, const test::MemoryOutbox& outbox) {
  if (!result) return require_fit_to_show(result.error());
  require(result->lines == result->events + result->rejects, "lines = events + rejects");
  require(result->lines == result->skipped_lines + result->added, "each line is recorded once");
  require(result->events == outbox.events.size(), "each event is recorded");
  require(result->rejects == outbox.rejects.size(), "each reject is recorded");
  for (const Bytes& wire : outbox.events)
    require(schema::view_event(wire).has_value(), "an event that was recorded can be read");
}

/// A file that is replayed, and the same one that is replayed when it was shorter and again when
/// it has grown, end as the same events.
void check_replay(std::size_t options, std::size_t cut, ByteView content) {
  static const Folder folder;
  const auto file = folder / (options % 2 == 0 ? "a.log" : "#a.20060305.log");
  producer::ReplayOptions replay;
  replay.batch_lines = 1 + options % 5;
  if (options % 3 != 0) replay.date = std::chrono::sys_days{std::chrono::days{13212}};
  if (options % 3 == 1) replay.room = "#b";

  test::MemoryOutbox whole;
  write_file(file, content);
  const auto at_once = producer::replay_file(file, replay, whole);
  check_result(at_once, whole);

  test::MemoryOutbox grown;
  const std::size_t prefix = std::min(cut, content.size());
  write_file(file, content.substr(0, prefix));
  const auto before = producer::replay_file(file, replay, grown);
  check_result(before, grown);
  write_file(file, content);
  const auto after = producer::replay_file(file, replay, grown);
  check_result(after, grown);
  const bool at_line_end = prefix == 0 || content[prefix - 1] == '\n';
  const bool same_format = at_once && after && at_once->format == after->format;
  // Its date and room are looked for in the first lines, of which the prefix has fewer.
  if (at_line_end && same_format && options % 3 == 1)
    require(grown.events == whole.events, "a log that grows ends as the whole");
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mgc::fuzz;
  Input input(data, size);
  const std::size_t mode = input.byte();
  const std::size_t piece = input.byte();
  const std::size_t cut = input.number16();
  const auto& formats = mgc::producer::kLogFormats;
  if (mode % 8 < formats.size()) {
    check_reading(formats[mode % 8], piece, cut % 16, input.rest());
  } else {
    check_replay(piece, cut, input.rest());
  }
  return 0;
}
