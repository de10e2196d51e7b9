#include "audit/checkpoint_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

using schema::Digest;

std::optional<schema::CompactRange> read_edge(std::uint64_t size, ByteView bytes) {
  if (bytes.size() % sizeof(Digest) != 0) return std::nullopt;
  std::vector<Digest> nodes(bytes.size() / sizeof(Digest));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::ranges::copy(bytes.substr(i * sizeof(Digest), sizeof(Digest)), nodes[i].begin());
  }
  return schema::CompactRange::of(size, std::move(nodes));
}

Error reject(std::string what) { return Error{Action::reject, std::move(what)}; }

}  // namespace

Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& lane,
                                   std::span<const VerifierKey> keys) {
  const auto believed = unverified_text(note);
  if (!believed) return believed.error();
  auto checkpoint = read_checkpoint(*believed);
  if (!checkpoint) return checkpoint;
  if (!checkpoint->origin.ends_with('/' + url_part(lane))) {
    return reject(fmt::format("it is of {}", printable(checkpoint->origin)));
  }
  if (keys.empty()) return checkpoint;
  // Only a key whose name is in the origin speaks for it.
  std::vector<VerifierKey> own;
  std::ranges::copy_if(keys, std::back_inserter(own), [&](const VerifierKey& key) {
    return origin_of(key.name(), lane) == checkpoint->origin;
  });
  if (const auto text = open_note(note, own); !text) return text.error();
  return checkpoint;
}

Result<StoredCheckpoint> read_checkpoint_row(const db::CheckpointRow& row, const std::string& lane,
                                             std::span<const VerifierKey> keys) {
  auto checkpoint = open_checkpoint(row.note, lane, keys);
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->number != row.number) {
    return reject(fmt::format("its text says that it is checkpoint {}", checkpoint->number));
  }
  auto edge = read_edge(checkpoint->events.size, row.edge);
  if (!edge || edge->root() != checkpoint->events.root) {
    return reject("its edge is not that of its tree");
  }
  return StoredCheckpoint{std::move(*checkpoint), std::move(*edge)};
}

Bytes edge_bytes(const schema::CompactRange& edge) {
  Bytes bytes;
  for (const Digest& node : edge.nodes()) bytes.append(schema::bytes_of(node));
  return bytes;
}

}  // namespace mgc::audit
