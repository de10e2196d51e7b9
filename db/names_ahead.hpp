#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "db/dictionary.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Finds the names of packs, and adds those that are new, in a session and in transactions of its
/// own, while a ComplianceStore commits the packs before them: names that are there already cost it
/// nothing. A name may be stored although its pack never is.
///
/// Threads: one owner. Memory: that of one Dictionary.
/// Errors:  those of the session; after reconnect and in_doubt make another.
class NamesAhead {
 public:
  /// Whether names of this database can be added while a batch is being written. Not where there is
  /// one writer at a time; nor where whoever adds a name that another transaction has added has to
  /// wait for the end of that one, and perhaps it for him.
  [[nodiscard]] static bool is_possible(std::string_view dsn);
  /// @errors as ComplianceStore::open().
  [[nodiscard]] static Result<std::unique_ptr<NamesAhead>> open(const std::string& dsn);

  /// Over a session of mgccomp.
  explicit NamesAhead(std::unique_ptr<Session> session)
      : session_(std::move(session)), dictionary_(*session_) {}

  /// Sets the `ids` of `names` of each pack. What they name is committed when this returns, or will
  /// be with the next COMMIT of any session that is acknowledged.
  /// @errors as Session; the ids of all of them are empty then.
  [[nodiscard]] Result<void> find(std::span<PackRecord* const> packs);

 private:
  [[nodiscard]] Result<void> find_or_fail(std::span<PackRecord* const> packs);

  std::unique_ptr<Session> session_;
  Dictionary dictionary_;
};

}  // namespace mgc::db
