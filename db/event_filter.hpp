#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/text_match.hpp"
#include "db/compliance_reader.hpp"
#include "db/id_windows.hpp"
#include "db/segment_row.hpp"
#include "db/session.hpp"
#include "db/word_runs.hpp"

namespace mgc::db {

/// What a query asks, with the names that it holds looked up.
struct EventFilter {
  using Ids = std::optional<std::vector<std::int64_t>>;  ///< nullopt: all

  const EventQuery* query = nullptr;  ///< outlives this
  IdWindow ids;                       ///< all that the query wants
  Ids rooms, people, nodes;           ///< whose events
  TextQuery content;                  ///< what the query says of the words of content, all of it
  NeededWords needed;                 ///< what an index may leave out events by
  NeededRuns runs;                    ///< the same without Unicode

  /// No node, nobody or no room has the name that is asked for.
  [[nodiscard]] bool finds_nothing() const {
    const auto is_none = [](const Ids& of) { return of && of->empty(); };
    return is_none(rooms) || is_none(people) || is_none(nodes);
  }
  /// SQL leaves more of a query than it finds, since engines differ: wants() decides on each event.
  [[nodiscard]] bool decides_by_text() const {
    return !content.wants_everything() || query->text || query->file_name;
  }
  [[nodiscard]] bool wants(ByteView event_content, ByteView file_name) const;
};

[[nodiscard]] Result<EventFilter> make_filter(Session& session, const EventQuery& query);

/// The ids among which the segment may have what `filter` wants; none where its ids and times say
/// that it has nothing. Pure.
[[nodiscard]] IdWindow ids_within(const SegmentRow& segment, const EventFilter& filter);

/// Whether ids and times of `filter` leave out nothing of the segment. Pure.
[[nodiscard]] bool wants_whole(const SegmentRow& segment, const EventFilter& filter);

/// The conditions of a query, with their parameters; never a text of the user in the SQL.
///
/// Ownership: borrows the texts of the filter; not to be moved once it holds some of its own.
class Conditions {
 public:
  explicit Conditions(std::int64_t lane_id) : values_{Value(lane_id)} {}
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  /// `{}` in `condition` becomes the parameter, as often as it occurs.
  void add(std::string condition, Value value);
  void add(std::string_view condition);
  /// Everything that `filter` asks but the words and the ids.
  void add_filter(const Session& session, const EventFilter& filter);
  /// What all texts with the words of `filter` have, so that fewer of them have to be read.
  void add_runs(const Session& session, const EventFilter& filter);
  void add_index(Condition condition);

  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  [[nodiscard]] std::string parameter(Value value);

  std::string sql_;
  std::vector<Value> values_;
  std::string indexed_;  ///< borrowed by values_
};

}  // namespace mgc::db
