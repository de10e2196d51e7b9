#include "audit/duty_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "audit/hold_check.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::audit {
namespace {

using schema::DutyEntry;
using schema::EventKind;

constexpr std::size_t kWaitingMax = 500;

std::string differences(const DutyEntry& row, const DutyEntry& made) {
  std::string names;
  const auto check = [&names](bool same, std::string_view column) {
    if (same) return;
    names.append(names.empty() ? "" : ", ").append(column);
  };
  check(row.of_entry == made.of_entry, "of_entry");
  check(row.written_at == made.written_at, "written_at");
  check(row.database_user == made.database_user, "db_user");
  check(row.os_user == made.os_user, "os_user");
  check(row.host == made.host, "host");
  check(row.command == made.command, "command");
  check(row.details == made.details, "details");
  return names;
}

template <typename Item>
const Item* find(const std::vector<Item>& items, std::int64_t entry) {
  const auto found = std::ranges::lower_bound(items, entry, {}, &Item::entry);
  return found != items.end() && found->entry == entry ? &*found : nullptr;
}

class DutyCheck {
 public:
  DutyCheck(db::DutyBook& book, VerifyReport& report) : book_(book), report_(report) {}

  Result<void> check_lane(const std::string& lane);
  /// After the last one.
  Result<void> finish();

 private:
  struct Made {
    std::string lane;
    std::uint64_t event_id = 0;
    DutyEntry entry;  ///< as the event has it
  };
  Result<void> add(const std::string& lane, std::uint64_t event_id, const schema::EventView& event);
  Result<void> check(EventKind kind, std::vector<Made> made);
  void check_one(const Made& made, const DutyEntry* row, const db::DutyPlace* place);
  Result<void> check_size(EventKind kind);
  /// Whether this login sees all rows of the table.
  Result<bool> sees_all(EventKind kind);

  db::DutyBook& book_;
  VerifyReport& report_;
  std::map<EventKind, std::vector<Made>> waiting_;
  std::map<EventKind, std::uint64_t> events_;
  std::map<EventKind, db::DutyBook::Size> sizes_;
};

Result<void> DutyCheck::check_lane(const std::string& lane) {
  Result<void> checked;
  const auto read = book_.each_pack(lane, [&](const db::DutyBook::ServicePack& row) {
    const auto stored = schema::decode_stored_pack(row.body);
    if (!stored) return true;  // whoever walks the ledger says so
    for (std::size_t index = 0; checked && index < stored->pack.size(); ++index) {
      const auto event = schema::view_event(stored->pack.event(index));
      if (event) checked = add(lane, row.first_event_id + index, *event);
    }
    return checked.has_value();
  });
  if (!read) return read;
  return checked;
}

Result<void> DutyCheck::add(const std::string& lane, std::uint64_t event_id,
                            const schema::EventView& event) {
  if (!event.duty || !schema::is_duty(event.kind)) return {};
  ++events_[event.kind];
  ++report_.duties;
  auto& waiting = waiting_[event.kind];
  waiting.push_back({lane, event_id, entry_of(event)});
  if (waiting.size() < kWaitingMax) return {};
  return check(event.kind, std::exchange(waiting, {}));
}

Result<void> DutyCheck::check(EventKind kind, std::vector<Made> made) {
  std::ranges::sort(made, {}, [](const Made& one) { return one.entry.entry; });
  for (std::size_t begin = 0; begin < made.size();) {
    // Rows become events in the order of their entries, nearly: a run of them is looked up at once.
    std::size_t end = begin + 1;
    const std::int64_t first = made[begin].entry.entry;
    while (end < made.size() &&
           made[end].entry.entry - first < static_cast<std::int64_t>(2 * kWaitingMax)) {
      ++end;
    }
    const std::int64_t last = made[end - 1].entry.entry;
    const auto rows = book_.entries(kind, first, last, 2 * kWaitingMax);
    if (!rows) return rows.error();
    const auto places = book_.places(kind, first, last);
    if (!places) return places.error();
    for (; begin < end; ++begin) {
      const std::int64_t entry = made[begin].entry.entry;
      const DutyEntry* row = find(*rows, entry);
      if (row == nullptr) {
        const auto all = sees_all(kind);
        if (!all) return all.error();
        if (!*all) ++report_.duties_unseen;
        if (!*all) continue;
      }
      check_one(made[begin], row, find(*places, entry));
    }
  }
  return {};
}

void DutyCheck::check_one(const Made& made, const DutyEntry* row, const db::DutyPlace* place) {
  const std::string where = fmt::format("event {}", made.event_id);
  const std::string what =
      fmt::format("row {} of {}", made.entry.entry, db::duty_table(made.entry.kind));
  if (row == nullptr) {
    report_.add(where, "it was made of " + what + ", which is missing");
  } else if (const auto names = differences(*row, made.entry); !names.empty()) {
    report_.add(where, "it was made of " + what + ", which says something else now: " + names);
  }
  if (place == nullptr || place->lane != made.lane || place->event_id != made.event_id) {
    report_.add(where, "duty_event does not name it as what became of " + what);
  }
}

Result<bool> DutyCheck::sees_all(EventKind kind) {
  const auto [place, is_new] = sizes_.try_emplace(kind);
  if (is_new) {
    const auto size = book_.size(kind);
    if (!size) return size.error();
    place->second = *size;
  }
  return place->second.hidden == 0;
}

Result<void> DutyCheck::check_size(EventKind kind) {
  const auto all = sees_all(kind);
  if (!all) return all.error();
  const db::DutyBook::Size& size = sizes_[kind];
  const std::uint64_t events = events_[kind];
  if (size.events != events) {
    report_.add("duty_event", fmt::format("it names {} events of {}; the ledger has {}",
                                          size.events, db::duty_table(kind), events));
  }
  const std::uint64_t rows = size.rows + size.hidden;
  if (rows > events) report_.duties_waiting += rows - events;
  return {};
}

Result<void> DutyCheck::finish() {
  for (auto& [kind, waiting] : waiting_) {
    if (auto checked = check(kind, std::exchange(waiting, {})); !checked) return checked;
  }
  for (const EventKind kind : schema::kDutyKinds) {
    if (auto checked = check_size(kind); !checked) return checked;
  }
  return {};
}

}  // namespace

DutyEntry entry_of(const schema::EventView& event) {
  const schema::DutyView& duty = *event.duty;
  return {event.kind,
          duty.entry,
          duty.of_entry,
          event.occurred_at,
          std::string(duty.database_user),
          std::string(duty.os_user),
          std::string(duty.host),
          std::string(duty.command),
          std::string(duty.details)};
}

Result<void> check_duties(db::DutyBook& book, const std::vector<std::string>& lanes,
                          VerifyReport& report) {
  DutyCheck duties(book, report);
  for (const std::string& lane : lanes) {
    if (auto checked = duties.check_lane(lane); !checked) return checked;
  }
  if (auto checked = duties.finish(); !checked) return checked;
  return check_holds(book, report);
}

}  // namespace mgc::audit
