#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/event_row.hpp"
#include "db/segment_row.hpp"
#include "db/stored_names.hpp"

namespace mgc::db {

class Session;

/// A row of event_<segment>. Its names are empty where its id is 0, or nobody has that id.
struct ProjectedRow {
  EventRow event;
  const Name* room = nullptr;
  const Name* actor = nullptr;
  const Name* target = nullptr;
  const Name* node = nullptr;
  std::size_t segment = 0;  ///< its place among ProjectionReader::segments()
};

/// Rows with what they borrow. Move-only. Threads: may be handed from one to another.
class ProjectedRows {
 public:
  [[nodiscard]] const std::vector<ProjectedRow>& rows() const { return rows_; }

 private:
  friend class ProjectionReader;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> texts_ =
      std::make_unique<std::pmr::monotonic_buffer_resource>();
  std::vector<std::shared_ptr<const StoredNames::Generation>> names_;
  std::vector<ProjectedRow> rows_;
};

/// Reads the projection of a lane as it is stored, for those who compare it with the packs: with
/// the names that events came with, and nothing from mgc.
///
/// Threads: one owner, that of the session; what it gave may be read elsewhere meanwhile.
/// Memory:  that of three StoredNames. Errors: those of the session.
class ProjectionReader {
 public:
  [[nodiscard]] static Result<ProjectionReader> open(Session& session, const std::string& lane);

  /// In order of their first event id.
  [[nodiscard]] const std::vector<SegmentRow>& segments() const { return segments_; }
  /// Adds the rows of the ids `first` to before `end`, in order, of those segments that say that
  /// they hold them.
  [[nodiscard]] Result<void> read(std::uint64_t first, std::uint64_t end, ProjectedRows& into);

  /// How many rows the table of a segment holds whose ids the segment does not say that it holds,
  /// and the least of those.
  struct Strays {
    std::uint64_t rows = 0;
    std::int64_t least_id = 0;
  };
  [[nodiscard]] Result<Strays> strays(const SegmentRow& segment);

 private:
  explicit ProjectionReader(Session& session);
  [[nodiscard]] Result<void> read_segment(std::size_t segment, const IdWindow& ids,
                                          ProjectedRows& into);
  [[nodiscard]] Result<void> find_names(ProjectedRows& into, std::size_t first_row);

  Session* session_;
  std::vector<SegmentRow> segments_;
  StoredNames rooms_;
  StoredNames people_;
  StoredNames nodes_;
  std::vector<std::int64_t> ids_;  ///< that are looked up
};

}  // namespace mgc::db
