#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "spool/outbox.hpp"
#include "spool/outbox_file.hpp"
#include "spool/sqlite.hpp"

namespace mgc::spool {

/// The reading side of an outbox: a connection of its own, so that it never waits for a commit.
///
/// Threads: one at a time. Errors: as Outbox.
class OutboxReader {
 public:
  /// The file must be an outbox that is there.
  [[nodiscard]] static Result<OutboxReader> open(const std::filesystem::path& file);

  /// The packs that begin after the sequence `after`, as Outbox::read().
  [[nodiscard]] Result<std::vector<StoredPack>> packs(std::uint64_t after, std::size_t packs_max,
                                                      std::size_t bytes_max);
  /// As Outbox::compare().
  [[nodiscard]] Result<PackMatch> compare(std::uint64_t sequence, ByteView sha256);
  [[nodiscard]] Result<std::optional<SourceProgress>> progress(std::string_view path);
  [[nodiscard]] Result<std::vector<RejectedLine>> rejected_lines(std::size_t count_max);
  /// `state`, as operators see it.
  [[nodiscard]] Result<OutboxStatus> describe(const OutboxState& state);
  /// As of the last transaction.
  [[nodiscard]] Result<OutboxState> state() { return load_state(database_); }

 private:
  struct Statements {
    Statement packs;
    Statement holder;
    Statement progress;
    Statement rejected_lines;
    Statement oldest;
  };
  OutboxReader(Database database, Statements statements, std::uint64_t epoch)
      : database_(std::move(database)), statements_(std::move(statements)), epoch_(epoch) {}

  Database database_;
  Statements statements_;
  std::uint64_t epoch_;
};

}  // namespace mgc::spool
