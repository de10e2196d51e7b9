#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "db/name_ids.hpp"

namespace mgc::db {

class Session;
class Row;

/// The names that ids stand for, as they are stored: those of the last ids that were asked for, in
/// flat memory. Ids are looked up many at a time.
///
/// Threads: one owner; the names that it gave may be read elsewhere while their Generation lives.
/// Errors:  those of the session.
class StoredNames {
 public:
  /// Names that came and go together.
  struct Generation {
    std::pmr::monotonic_buffer_resource texts;
    std::unordered_map<std::int64_t, Name> names;  ///< kind 0: nobody has that id
  };
  static constexpr std::size_t kGenerationNames = 200'000;

  /// @param select  up to the condition on `id`; its columns are the id, up to three texts, and
  ///                whether a person is external.
  /// @param kind    as Name::kind, of one who is not external.
  StoredNames(Session& session, std::string_view select, std::string_view id, char kind);

  /// Makes find() know `ids`; 0 is nobody's.
  [[nodiscard]] Result<void> learn(std::span<const std::int64_t> ids);
  /// nullptr when nobody has that id. Of ids that the last learn() was given.
  [[nodiscard]] const Name* find(std::int64_t id) const;
  /// What find() borrows from.
  [[nodiscard]] std::shared_ptr<const Generation> young() const { return young_; }

 private:
  [[nodiscard]] Result<void> ask(std::span<const std::int64_t> ids);
  void keep(const Row& row);

  Session& session_;
  const std::string sql_;
  const char kind_;
  std::shared_ptr<Generation> young_ = std::make_shared<Generation>();
  std::shared_ptr<Generation> old_ = std::make_shared<Generation>();
  std::vector<std::int64_t> missing_;
};

}  // namespace mgc::db
