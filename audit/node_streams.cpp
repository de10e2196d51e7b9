#include "audit/node_streams.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>

namespace mgc::audit {
namespace {

using Missing = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t>;

std::string stream_name(const std::string& node, std::uint64_t epoch) {
  return fmt::format("node {} epoch {}", node, epoch);
}

}  // namespace

void NodeStreams::add(const schema::PackHeader& header, ByteView sha256, VerifyReport& report) {
  Runs& runs = streams_[{header.node, header.epoch}];
  const std::uint64_t first = header.first_sequence;
  const std::uint64_t last = header.last_sequence();
  const auto after = runs.upper_bound(first);
  const auto before = after == runs.begin() ? runs.end() : std::prev(after);
  const bool overlaps = (before != runs.end() && before->second.last >= first) ||
                        (after != runs.end() && after->first <= last);
  if (overlaps) {
    report.add("pack " + header.message_id(), "its sequences are stored twice");
    return;
  }
  const auto broken = [&](std::uint64_t sequence) {
    report.add(fmt::format("pack {}/{}/{}", header.node, header.epoch, sequence),
               "it does not name the pack that is stored before it");
  };
  if (first == 1 && !header.previous_sha256.empty()) broken(first);

  Run run{last, header.previous_sha256, Bytes(sha256)};
  std::uint64_t run_first = first;
  if (before != runs.end() && before->second.last + 1 == first) {
    if (before->second.last_sha256 != header.previous_sha256) broken(first);
    run_first = before->first;
    run.first_previous = before->second.first_previous;
    runs.erase(before);
  }
  if (after != runs.end() && last + 1 == after->first) {
    if (after->second.first_previous != run.last_sha256) broken(after->first);
    run.last = after->second.last;
    run.last_sha256 = after->second.last_sha256;
    runs.erase(after);
  }
  runs.emplace(run_first, std::move(run));
}

void NodeStreams::compare(const std::vector<db::PositionRow>& positions,
                          const std::vector<db::GapRow>& gaps, VerifyReport& report) const {
  std::set<Missing> missing;
  std::map<Key, std::pair<std::uint64_t, std::uint64_t>> expected;  // contiguous, max seen
  for (const auto& [key, runs] : streams_) {
    std::uint64_t next = 1;
    for (const auto& [first, run] : runs) {
      if (first > next) missing.insert({key.first, key.second, next, first - 1});
      next = run.last + 1;
    }
    const bool from_start = runs.begin()->first == 1;
    expected[key] = {from_start ? runs.begin()->second.last : 0, next - 1};
  }
  for (const db::PositionRow& row : positions) {
    const auto found = expected.find({row.node, row.epoch});
    const auto said = std::pair{row.contiguous_through, row.max_seen};
    if (found == expected.end()) {
      if (row.max_seen > 0) report.add(stream_name(row.node, row.epoch), "its packs are missing");
      continue;
    }
    if (found->second != said) {
      report.add(stream_name(row.node, row.epoch),
                 fmt::format("the position says through {} of {}; the packs say through {} of {}",
                             said.first, said.second, found->second.first, found->second.second));
    }
    expected.erase(found);
  }
  for (const auto& [key, unused] : expected) {
    report.add(stream_name(key.first, key.second), "it has packs and no position");
  }
  for (const db::GapRow& gap : gaps) {
    if (gap.closed_at) continue;
    if (missing.erase({gap.node, gap.epoch, gap.first_sequence, gap.last_sequence}) == 0) {
      report.add(stream_name(gap.node, gap.epoch),
                 fmt::format("sequences {} to {} are called missing and are not",
                             gap.first_sequence, gap.last_sequence));
    }
  }
  for (const auto& [node, epoch, first, last] : missing) {
    report.add(stream_name(node, epoch),
               fmt::format("sequences {} to {} are missing and no gap says so", first, last));
  }
}

}  // namespace mgc::audit
