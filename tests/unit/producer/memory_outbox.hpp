#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "schema/event_view.hpp"
#include "spool/outbox.hpp"

namespace mgc::test {

/// An outbox in memory: keeps what replays append, all of one call or nothing of it.
class MemoryOutbox final : public spool::Outbox {
 public:
  Result<spool::Appended> append(const spool::Append& request) override {
    ++appends;
    if (on_append) {
      if (auto error = on_append()) return *error;
    }
    events.insert(events.end(), request.events.begin(), request.events.end());
    rejects.insert(rejects.end(), request.rejects.begin(), request.rejects.end());
    if (request.progress != nullptr) sources[request.progress->path] = *request.progress;
    return spool::Appended{1, events.size() - request.events.size() + 1, events.size()};
  }
  Result<std::optional<spool::SourceProgress>> progress(std::string_view path) override {
    const auto at = sources.find(std::string(path));
    if (at == sources.end()) return std::optional<spool::SourceProgress>();
    return std::optional<spool::SourceProgress>(at->second);
  }
  Result<std::vector<spool::StoredPack>> read(spool::Position, std::size_t, std::size_t) override {
    return std::vector<spool::StoredPack>();
  }
  Result<void> mark_accepted(spool::Position) override { return {}; }
  spool::Position accepted_through() override { return {}; }
  spool::Position receipted_through() override { return {}; }
  Result<spool::ReceiptTaken> take_receipt(spool::Position) override {
    return spool::ReceiptTaken();
  }
  Result<spool::PackMatch> compare(spool::Position, ByteView) override {
    return spool::PackMatch::unknown;
  }
  Result<std::vector<spool::RejectedLine>> rejected_lines(std::size_t) override { return rejects; }
  Result<spool::OutboxStatus> status() override { return spool::OutboxStatus(); }
  spool::Position last() override { return {1, events.size()}; }

  [[nodiscard]] schema::EventView view(std::size_t index) const {
    return *schema::view_event(events.at(index));
  }

  std::vector<Bytes> events;
  std::vector<spool::RejectedLine> rejects;
  std::map<std::string, spool::SourceProgress> sources;
  std::size_t appends = 0;
  /// Asked before each append; an error refuses it.
  std::function<std::optional<Error>()> on_append;
};

}  // namespace mgc::test
