#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "audit/verify.hpp"
#include "core/result.hpp"
#include "db/duty_book.hpp"
#include "schema/event_view.hpp"

namespace mgc::audit {

/// Holds the events that say what was done with the record against the rows that they were made of:
/// a row that was edited or taken away is found, and one that names another event.
///
/// Threads: one owner. Memory: flat; rows are looked up some hundred at a time.
class DutyCheck {
 public:
  DutyCheck(db::DutyBook& book, VerifyReport& report) : book_(book), report_(report) {}

  /// Takes the next event of the ledger, of any kind, and the node that recorded it.
  [[nodiscard]] Result<void> add(const std::string& lane, std::uint64_t event_id,
                                 const std::string& node, const schema::EventView& event);
  /// After the last one.
  [[nodiscard]] Result<void> finish();

 private:
  struct Made {
    std::string lane;
    std::uint64_t event_id = 0;
    schema::DutyEntry entry;  ///< as the event has it
  };
  [[nodiscard]] Result<void> check(schema::EventKind kind, std::vector<Made> made);
  void check_one(const Made& made, const schema::DutyEntry* row, const db::DutyPlace* place);
  [[nodiscard]] Result<void> check_size(schema::EventKind kind);
  /// Whether this login sees all rows of the table.
  [[nodiscard]] Result<bool> sees_all(schema::EventKind kind);

  db::DutyBook& book_;
  VerifyReport& report_;
  std::map<schema::EventKind, std::vector<Made>> waiting_;
  std::map<schema::EventKind, std::uint64_t> events_;
  std::map<schema::EventKind, db::DutyBook::Size> sizes_;
};

}  // namespace mgc::audit
