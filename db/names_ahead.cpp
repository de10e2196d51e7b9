#include "db/names_ahead.hpp"

#include <memory>
#include <utility>

#include "core/failpoint.hpp"
#include "db/name_lookup.hpp"
#include "db/schema_version.hpp"

namespace mgc::db {

bool NamesAhead::is_possible(std::string_view dsn) { return dsn.starts_with("postgresql://"); }

Result<std::unique_ptr<NamesAhead>> NamesAhead::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::ahead, Schema::mgccomp);
  if (!session) return session.error();
  auto names = std::make_unique<NamesAhead>(std::move(*session));
  if (const auto loaded = names->dictionary_.load(); !loaded) return loaded.error();
  return names;
}

Result<void> NamesAhead::find(std::span<PackRecord* const> packs) {
  auto found = find_or_fail(packs);
  if (found) {
    dictionary_.keep();
    return found;
  }
  dictionary_.forget();
  for (PackRecord* pack : packs) pack->names.ids.clear();
  return found;
}

Result<void> NamesAhead::find_or_fail(std::span<PackRecord* const> packs) {
  NameLookup lookup(dictionary_);
  for (PackRecord* pack : packs) {
    pack->names.ids.assign(pack->events.size(), {});
    for (std::size_t i = 0; i < pack->events.size(); ++i) {
      lookup.add(pack->events[i], pack->names.ids[i]);
    }
    lookup.find_known();
  }
  if (!lookup.has_unknown()) return {};
  if (auto begun = session_->begin(); !begun) return begun;
  Transaction transaction(*session_);
  if (auto learnt = lookup.learn(); !learnt) return learnt;
  if (reach_failpoint("names.before_commit") == Failure::error) {
    return Error{Action::reconnect, "failure point names.before_commit"};
  }
  return transaction.commit();
}

}  // namespace mgc::db
