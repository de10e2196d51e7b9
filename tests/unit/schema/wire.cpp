#include "tests/unit/schema/wire.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <stdexcept>

#include "mgc/v1/event.pb.h"
#include "schema/ledger.hpp"

namespace mgc::schema::test {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{128} * 1024;
constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
constexpr char kWindowOneMiB = 0x50;
enum class BlockType : std::uint32_t { raw = 0, repeated = 1 };

Bytes little_endian(std::uint64_t value, int bytes) {
  Bytes out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

Bytes block_header(bool last, BlockType type, std::size_t size) {
  return little_endian((last ? 1U : 0U) | (static_cast<std::uint64_t>(type) << 1U) | (size << 3U),
                       3);
}

std::string text_of(std::string_view bytes) { return to_hex(bytes); }

template <typename Person>
std::string person_text(const Person& uri, const Person& name, const Person& email, bool external) {
  return fmt::format("{}|{}|{}|{}", text_of(uri), text_of(name), text_of(email), external);
}

}  // namespace

Bytes varint(std::uint64_t value) {
  Bytes out;
  for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<char>(value | 0x80U));
  out.push_back(static_cast<char>(value));
  return out;
}

Bytes number_field(std::uint32_t field, std::uint64_t value) {
  return varint(field << 3U) + varint(value);
}

Bytes signed_field(std::uint32_t field, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return number_field(field, (bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

Bytes bytes_field(std::uint32_t field, ByteView bytes) {
  return varint((field << 3U) | 2U) + varint(bytes.size()).append(bytes);
}

Bytes nested_groups(int depth) {
  Bytes begin;
  Bytes end;
  for (int i = 0; i < depth; ++i) {
    begin += varint((100U << 3U) | 3U);
    end += varint((100U << 3U) | 4U);
  }
  return begin + end;
}

Bytes pack_head(std::uint64_t events) {
  return number_field(1, 1) + bytes_field(2, "n") + number_field(3, 1) + number_field(4, 1) +
         number_field(5, events);
}

Bytes pack_of(std::size_t events, ByteView wire) {
  Bytes out = pack_head(events);
  for (std::size_t i = 0; i < events; ++i) out += bytes_field(7, wire);
  return out;
}

Bytes compressed(ByteView bytes) {
  Bytes out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

Bytes stored(ByteView bytes) {
  Bytes out(kMagic);
  out.push_back('\0');
  out.push_back(kWindowOneMiB);
  do {
    const ByteView block = bytes.substr(0, kBlockBytes);
    bytes.remove_prefix(block.size());
    out += block_header(bytes.empty(), BlockType::raw, block.size());
    out += block;
  } while (!bytes.empty());
  return out;
}

Bytes bomb(std::uint64_t blocks, Declared declared) {
  Bytes out(kMagic);
  out.push_back(declared == Declared::nothing ? '\0' : '\xC0');
  out.push_back(kWindowOneMiB);
  if (declared == Declared::truth) out += little_endian(blocks * kBlockBytes, 8);
  if (declared == Declared::lie) out += little_endian(1000, 8);
  for (std::uint64_t i = 1; i <= blocks; ++i) {
    out += block_header(i == blocks, BlockType::repeated, kBlockBytes);
    out.push_back('\0');
  }
  return out;
}

Event full_event() {
  Event event;
  event.kind = EventKind::file_upload;
  event.occurred_at = utc_from_micros(1'141'524'120'000'001);
  event.room = Room{"ma-chan://example.org/ubuntu", "Ubuntu \xC3\xA9"};
  event.actor = Person{"sip:anna@example.org", "Anna", "anna@example.org", false};
  event.target = Person{"sip:ben@example.net", "Ben", "ben@example.net", true};
  event.content = "see the file \xF0\x9F\x93\x8E";
  event.chat_id = 42;
  event.file = File{"plan.odt", Bytes(32, '\xAB'), 123'456, "https://example.org/f/1"};
  event.is_action = true;
  event.purged_through = -5;
  event.watermark = Watermark{77, true, true, 123};
  event.source = Source{"2006-03-05.log", 9, "windows-1252"};
  event.synthetic = Synthetic{"chat-1", 7, 123, 76, "it crashed"};
  event.duty = Duty{9, 8, "anna", "a.smith", "desk-7", "search", "{\"word\":\"budget\"}"};
  return event;
}

std::string as_text(const EventView& event) {
  std::string out =
      fmt::format("kind {} at {} content {} id {} action {} purged {}\n",
                  static_cast<std::int32_t>(event.kind), to_micros(event.occurred_at),
                  text_of(event.content), event.chat_id, event.is_action, event.purged_through);
  if (const auto& room = event.room) {
    out += fmt::format("room {}|{}\n", text_of(room->uri), text_of(room->name));
  }
  if (const auto& actor = event.actor) {
    out += "actor " + person_text(actor->uri, actor->name, actor->email, actor->external) + "\n";
  }
  if (const auto& target = event.target) {
    out +=
        "target " + person_text(target->uri, target->name, target->email, target->external) + "\n";
  }
  if (const auto& file = event.file) {
    out += fmt::format("file {}|{}|{}|{}\n", text_of(file->name), text_of(file->sha256), file->size,
                       text_of(file->url));
  }
  if (const auto& mark = event.watermark) {
    out += fmt::format("watermark {}|{}|{}|{}\n", mark->last_sequence, mark->stopping,
                       mark->starting, mark->session);
  }
  if (const auto& source = event.source) {
    out += fmt::format("source {}|{}|{}\n", text_of(source->file), source->line,
                       text_of(source->encoding));
  }
  if (const auto& made = event.synthetic) {
    out += fmt::format("synthetic {}|{}|{}|{}|{}\n", text_of(made->node), made->epoch,
                       made->session, made->through_sequence, text_of(made->reason));
  }
  if (const auto& duty = event.duty) {
    out += fmt::format("duty {}|{}|{}|{}|{}|{}|{}\n", duty->entry, duty->of_entry,
                       text_of(duty->database_user), text_of(duty->os_user), text_of(duty->host),
                       text_of(duty->command), text_of(duty->details));
  }
  return out;
}

std::string as_text(const v1::Event& event) {
  std::string out = fmt::format("kind {} at {} content {} id {} action {} purged {}\n",
                                static_cast<std::int32_t>(event.kind()), event.occurred_at(),
                                text_of(event.content()), event.chat_id(), event.is_action(),
                                event.purged_through());
  if (event.has_room()) {
    out += fmt::format("room {}|{}\n", text_of(event.room().uri()), text_of(event.room().name()));
  }
  const auto person = [&](std::string_view role, const v1::Person& who) {
    out += fmt::format("{} {}\n", role,
                       person_text(who.uri(), who.name(), who.email(), who.external()));
  };
  if (event.has_actor()) person("actor", event.actor());
  if (event.has_target()) person("target", event.target());
  if (event.has_file()) {
    const v1::File& file = event.file();
    out += fmt::format("file {}|{}|{}|{}\n", text_of(file.name()), text_of(file.sha256()),
                       file.size(), text_of(file.url()));
  }
  if (event.has_watermark()) {
    const v1::Watermark& mark = event.watermark();
    out += fmt::format("watermark {}|{}|{}|{}\n", mark.last_sequence(), mark.stopping(),
                       mark.starting(), mark.session());
  }
  if (event.has_source()) {
    const v1::Source& source = event.source();
    out += fmt::format("source {}|{}|{}\n", text_of(source.file()), source.line(),
                       text_of(source.encoding()));
  }
  if (event.has_synthetic()) {
    const v1::Synthetic& made = event.synthetic();
    out += fmt::format("synthetic {}|{}|{}|{}|{}\n", text_of(made.node()), made.epoch(),
                       made.session(), made.through_sequence(), text_of(made.reason()));
  }
  if (event.has_duty()) {
    const v1::Duty& duty = event.duty();
    out += fmt::format("duty {}|{}|{}|{}|{}|{}|{}\n", duty.entry(), duty.of_entry(),
                       text_of(duty.database_user()), text_of(duty.os_user()), text_of(duty.host()),
                       text_of(duty.command()), text_of(duty.details()));
  }
  return out;
}

}  // namespace mgc::schema::test
