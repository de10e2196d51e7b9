#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "db/id_windows.hpp"
#include "db/segment_row.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// What a query asks, with the names that it holds looked up.
struct EventFilter {
  const EventQuery* query = nullptr;                       ///< outlives this
  IdWindow ids;                                            ///< all that the query wants
  std::optional<std::vector<std::int64_t>> rooms, people;  ///< whose events; nullopt: everybody's
  std::vector<std::string> words;                          ///< of core/words.hpp, each once

  /// Nobody and no room has the name that is asked for.
  [[nodiscard]] bool finds_nothing() const {
    return (rooms && rooms->empty()) || (people && people->empty());
  }
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
  /// What all texts with `words` have, so that fewer of them have to be read.
  void add_parts_of_words(const Session& session, const std::vector<std::string>& words);
  void add_index(Condition condition);

  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::string sql_;
  std::vector<Value> values_;
  std::vector<std::string> runs_;  ///< borrowed by values_, as the next
  std::string indexed_;
};

}  // namespace mgc::db
