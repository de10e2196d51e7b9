#include "db/detail_source.hpp"

#include <string_view>
#include <utility>

#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

// The empty text is a parameter, so that every engine compares it exactly.
constexpr std::string_view kMissingRooms =
    "SELECT r.room_id, r.uri, r.name FROM room AS r WHERE r.room_id > ?1 AND r.name = ?2"
    " AND NOT EXISTS (SELECT 1 FROM room_detail AS d WHERE d.room_id = r.room_id)"
    " ORDER BY r.room_id";
constexpr std::string_view kMissingPeople =
    "SELECT p.person_id, p.uri, p.name, p.email FROM person AS p WHERE p.person_id > ?1"
    " AND (p.name = ?2 OR p.email = ?2)"
    " AND NOT EXISTS (SELECT 1 FROM person_detail AS d WHERE d.person_id = p.person_id)"
    " ORDER BY p.person_id";
constexpr std::string_view kFindRoom = "SELECT name FROM mgc_room WHERE uri = ?1";
constexpr std::string_view kFindPerson = "SELECT name, email FROM mgc_person WHERE uri = ?1";

}  // namespace

DetailSource::DetailSource(std::unique_ptr<Session> mgccomp, std::unique_ptr<Session> mgc)
    : mgccomp_(std::move(mgccomp)), mgc_(std::move(mgc)) {}
DetailSource::DetailSource(DetailSource&&) noexcept = default;
DetailSource& DetailSource::operator=(DetailSource&&) noexcept = default;
DetailSource::~DetailSource() = default;

Result<DetailSource> DetailSource::open(const std::string& mgccomp, const std::string& mgc) {
  auto asked = open_schema(mgc, OpenMode::look_up, Schema::mgc);
  if (!asked) return asked.error();
  auto lacking = open_schema(mgccomp, OpenMode::look_up, Schema::mgccomp);
  if (!lacking) return lacking.error();
  return DetailSource(std::move(*lacking), std::move(*asked));
}

Result<std::vector<DetailSource::Missing>> DetailSource::read_missing(DetailOf of,
                                                                      std::int64_t after_id) {
  const bool people = of == DetailOf::person;
  if (const auto begun = mgccomp_->begin_snapshot(); !begun) return begun.error();
  const Transaction snapshot(*mgccomp_);
  std::vector<Missing> missing;
  const auto listed = mgccomp_->stream(
      people ? kMissingPeople : kMissingRooms, {after_id, std::string_view()}, [&](const Row& row) {
        missing.push_back(
            {{row.integer(0), row.text(2), people ? row.text(3) : std::string()}, row.text(1)});
        return missing.size() < kPageRows;
      });
  if (!listed) return listed.error();
  return missing;
}

Result<Detail> DetailSource::look_up(DetailOf of, const Missing& missing) {
  Detail found{missing.row.id, {}, {}};
  const bool person = of == DetailOf::person;
  const auto asked =
      mgc_->query(person ? kFindPerson : kFindRoom, {missing.uri}, [&](const Row& row) {
        if (missing.row.name.empty()) found.name = row.text(0);
        if (person && missing.row.email.empty()) found.email = row.text(1);
        return false;
      });
  if (!asked) return asked.error();
  return found;
}

Result<DetailPage> DetailSource::next_page(DetailOf of, std::int64_t after_id) {
  const auto missing = read_missing(of, after_id);
  if (!missing) return missing.error();
  DetailPage page{of, {}, after_id, missing->size() < kPageRows};
  for (const Missing& one : *missing) {
    auto found = look_up(of, one);
    if (!found) return found.error();
    if (!found->name.empty() || !found->email.empty()) page.details.push_back(std::move(*found));
    page.last_id = one.row.id;
  }
  return page;
}

}  // namespace mgc::db
