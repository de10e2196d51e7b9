#include "audit/export_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/checkpoint_rows.hpp"
#include "audit/event_json.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

Error reject(std::string what) { return Error{Action::reject, std::move(what)}; }

/// A name below the directory of the export: folders and a file, none of which is hidden.
bool is_below(std::string_view name) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-' ||
           letter == '/';
  };
  return !name.empty() && std::ranges::all_of(name, is_plain) && !name.starts_with('.') &&
         !name.starts_with('/') && !name.ends_with('/') &&
         name.find("/.") == std::string_view::npos && name.find("//") == std::string_view::npos;
}

std::uint64_t number_of(const json& value) {
  // get() would make a number of 1.5 and of -1.
  if (!value.is_number_unsigned()) throw json::other_error::create(500, "no number", &value);
  return value.get<std::uint64_t>();
}

/// The parts whose meaning needs nothing else.
ExportManifest read_parts(const json& document) {
  ExportManifest manifest;
  if (number_of(document.at("manifest")) != 1) {
    throw json::other_error::create(500, "a manifest of another version", &document);
  }
  manifest.format = document.at("format").get<std::string>();
  manifest.query = document.at("query");
  manifest.events = number_of(document.at("events"));
  for (const json& one : document.at("coverage")) {
    const Coverage covered{number_of(one.at("first_sequence")), number_of(one.at("last_sequence")),
                           number_of(one.at("events"))};
    const std::pair key(one.at("node").get<std::string>(), number_of(one.at("epoch")));
    if (!manifest.coverage.emplace(key, covered).second) {
      throw json::other_error::create(500, "a node and epoch that is covered twice", &one);
    }
  }
  for (const json& one : document.at("files")) {
    manifest.files.push_back({one.at("name").get<std::string>(), number_of(one.at("bytes")),
                              one.at("sha256").get<std::string>()});
  }
  for (const json& one : document.at("ledger")) {
    manifest.lanes.push_back({{one.at("lane").get<std::string>(), number_of(one.at("block")),
                               number_of(one.at("events")), one.at("digest").get<std::string>(), 0},
                              {},
                              {}});
  }
  return manifest;
}

Result<void> read_checkpoints(const json& notes, std::span<const VerifierKey> keys,
                              ExportManifest& manifest) {
  if (notes.size() != manifest.lanes.size()) {
    return reject(
        fmt::format("it has {} checkpoints for {} lanes", notes.size(), manifest.lanes.size()));
  }
  if (notes.empty()) return reject("nothing of it is signed: it has no checkpoint");
  for (std::size_t i = 0; i < notes.size(); ++i) {
    ExportManifest::Lane& lane = manifest.lanes[i];
    if (i > 0 && manifest.lanes[i - 1].end.lane >= lane.end.lane) {
      return reject("its lanes are not in order");
    }
    lane.note = notes[i].get<std::string>();
    auto checkpoint = open_checkpoint(lane.note, lane.end.lane, keys);
    if (!checkpoint) {
      return reject(fmt::format("the checkpoint of lane {}: {}", printable(lane.end.lane),
                                checkpoint.error().message));
    }
    lane.checkpoint = std::move(*checkpoint);
    const LaneEnd signed_end{lane.end.lane, lane.checkpoint.block, lane.checkpoint.events.size,
                             schema::to_hex(schema::bytes_of(lane.checkpoint.block_digest)), 0};
    if (lane.end != signed_end) {
      return reject(
          fmt::format("lane {} does not end as its checkpoint says", printable(lane.end.lane)));
    }
  }
  return {};
}

}  // namespace

Result<ExportManifest> read_manifest(const std::string& text, std::span<const VerifierKey> keys) {
  try {
    const json document = parse_flat(text);
    if (document.is_discarded()) return reject("it is no manifest of an export: no JSON");
    ExportManifest manifest = read_parts(document);
    for (const ExportedFile& file : manifest.files) {
      if (!is_below(file.name)) {
        return reject(fmt::format("{} is no name for a file of an export", printable(file.name)));
      }
    }
    if (!document.contains("checkpoints")) {
      return reject("it has no checkpoints: the export was made without --proofs");
    }
    if (auto read = read_checkpoints(document.at("checkpoints"), keys, manifest); !read) {
      return read.error();
    }
    return manifest;
  } catch (const json::exception& fault) {
    return reject(fmt::format("it is no manifest of an export: {}", fault.what()));
  }
}

}  // namespace mgc::audit
