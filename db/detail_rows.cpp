#include "db/detail_rows.hpp"

namespace mgc::db {
namespace {

Result<bool> add_if_new(Session& session, DetailOf of, const Detail& detail,
                        std::int64_t noted_at) {
  const bool person = of == DetailOf::person;
  const auto known =
      session.query_number(person ? "SELECT person_id FROM person_detail WHERE person_id = ?1"
                                  : "SELECT room_id FROM room_detail WHERE room_id = ?1",
                           {detail.id});
  if (!known) return known.error();
  if (*known) return false;
  const auto added = person ? session.execute(
                                  "INSERT INTO person_detail (person_id, name, email, noted_at)"
                                  " VALUES (?1, ?2, ?3, ?4)",
                                  {detail.id, detail.name, detail.email, noted_at})
                            : session.execute(
                                  "INSERT INTO room_detail (room_id, name, noted_at)"
                                  " VALUES (?1, ?2, ?3)",
                                  {detail.id, detail.name, noted_at});
  if (!added) return added.error();
  return true;
}

}  // namespace

Result<std::uint64_t> add_details(Session& session, DetailOf of, std::span<const Detail> details,
                                  UtcTime noted_at) {
  // Exclusive, because the services of several lanes may learn the same name at the same time.
  if (const auto begun = session.begin_exclusive(Schema::mgccomp); !begun) return begun.error();
  Transaction transaction(session);
  std::uint64_t added = 0;
  for (const Detail& detail : details) {
    const auto is_new = add_if_new(session, of, detail, to_micros(noted_at));
    if (!is_new) return is_new.error();
    if (*is_new) ++added;
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  return added;
}

}  // namespace mgc::db
