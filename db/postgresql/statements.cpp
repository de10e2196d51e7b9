#include "db/postgresql/statements.hpp"

#include <fmt/format.h>

#include "db/parameters.hpp"
#include "db/postgresql/bound_values.hpp"

namespace mgc::db::postgresql {

Result<ResultPtr> Statements::run(std::string_view sql, std::span<const Value> values, Step step) {
  const BoundValues bound(values);
  key_.assign(sql).append(1, '\0').append(bound.signature());
  auto found = names_.find(key_);
  if (found == names_.end()) {
    constexpr std::size_t kPreparedMax = 64;
    if (names_.size() >= kPreparedMax) {
      names_.clear();
      if (const auto freed = connection_.run("DEALLOCATE ALL"); !freed) return freed.error();
    }
    const std::string name = fmt::format("s{}", ++prepared_);
    const auto prepared =
        connection_.wait(PQsendPrepare(connection_.handle(), name.c_str(),
                                       with_mark(sql, '$').c_str(), bound.size(), bound.types()),
                         step);
    if (!prepared) return prepared.error();
    found = names_.emplace(key_, name).first;
  }
  return connection_.wait(
      PQsendQueryPrepared(connection_.handle(), found->second.c_str(), bound.size(), bound.values(),
                          bound.lengths(), bound.formats(), 1),
      step);
}

Result<ResultPtr> Statements::run_once(std::string_view sql, std::span<const Value> values,
                                       Step step) {
  const BoundValues bound(values);
  return connection_.wait(
      PQsendQueryParams(connection_.handle(), with_mark(sql, '$').c_str(), bound.size(),
                        bound.types(), bound.values(), bound.lengths(), bound.formats(), 1),
      step);
}

}  // namespace mgc::db::postgresql
