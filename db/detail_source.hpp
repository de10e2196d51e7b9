#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/detail.hpp"

namespace mgc::db {

class Session;

/// Some of the rooms or people of mgccomp that lack something, in order of their id.
struct DetailPage {
  DetailOf of = DetailOf::room;
  std::vector<Detail> details;  ///< what mgc knows of them
  std::int64_t last_id = 0;     ///< the next page begins above it
  bool is_last = true;
};

/// Looks up in mgc what is missing in mgccomp. Reads both, writes neither: mgccomp is written by
/// one session only (ComplianceStore::add_details).
///
/// Threads: one owner. Memory: one page of kPageRows rows.
/// Errors:  each call says; after one, open another source.
class DetailSource {
 public:
  static constexpr std::size_t kPageRows = 500;

  /// @errors reconnect  a server cannot be reached.
  ///         stop  a schema is not initialised or of another version, no rights, bad DSN.
  [[nodiscard]] static Result<DetailSource> open(const std::string& mgccomp,
                                                 const std::string& mgc);
  DetailSource(DetailSource&&) noexcept;
  DetailSource& operator=(DetailSource&&) noexcept;
  ~DetailSource();

  /// The page above `after_id`: rows without a detail whose name or address is empty.
  /// @errors retry, reconnect, stop  of either database.
  [[nodiscard]] Result<DetailPage> next_page(DetailOf of, std::int64_t after_id);

 private:
  struct Missing {
    Detail row;  ///< as the events have it
    std::string uri;
  };

  DetailSource(std::unique_ptr<Session> mgccomp, std::unique_ptr<Session> mgc);
  [[nodiscard]] Result<std::vector<Missing>> read_missing(DetailOf of, std::int64_t after_id);
  [[nodiscard]] Result<Detail> look_up(DetailOf of, const Missing& missing);

  std::unique_ptr<Session> mgccomp_;
  std::unique_ptr<Session> mgc_;
};

}  // namespace mgc::db
