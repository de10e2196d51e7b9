#pragma once

#include <string>
#include <vector>

#include "audit/verify.hpp"
#include "core/result.hpp"
#include "db/duty_book.hpp"
#include "schema/event_view.hpp"

namespace mgc::audit {

/// Holds the events that say what was done with the record against the rows that they were made of:
/// a row that was edited or taken away is found, and one that names another event. The packs that
/// hold them are read again, and checked by whoever walks the ledger.
///
/// Memory: flat, but for holds; rows are looked up some hundred at a time.
/// @errors those of the book.
[[nodiscard]] Result<void> check_duties(db::DutyBook& book, const std::vector<std::string>& lanes,
                                        VerifyReport& report);

/// The row that `event`, which has a duty, was made of.
[[nodiscard]] schema::DutyEntry entry_of(const schema::EventView& event);

}  // namespace mgc::audit
