#include "db/attempt_rows.hpp"

#include <cstring>

#include "core/assert.hpp"

namespace mgc::db {

Result<std::uint32_t> read_attempts(Session& session, std::int64_t lane_id,
                                    const schema::Digest& sha256) {
  const auto found =
      session.query_number("SELECT attempts FROM attempt WHERE lane_id = ?1 AND sha256 = ?2",
                           {lane_id, Blob{schema::bytes_of(sha256)}});
  if (!found) return found.error();
  return static_cast<std::uint32_t>(found->value_or(0));
}

Result<void> write_attempt(Session& session, std::int64_t lane_id, const Attempt& attempt,
                           UtcTime now) {
  const auto known =
      session.query_number("SELECT 1 FROM attempt WHERE lane_id = ?1 AND sha256 = ?2",
                           {lane_id, Blob{schema::bytes_of(attempt.sha256)}});
  if (!known) return known.error();
  const auto written =
      *known
          ? session.execute(
                "UPDATE attempt SET attempts = ?3, last_at = ?4"
                " WHERE lane_id = ?1 AND sha256 = ?2",
                {lane_id, Blob{schema::bytes_of(attempt.sha256)}, attempt.attempts, to_micros(now)})
          : session.execute(
                "INSERT INTO attempt (lane_id, sha256, message_id, attempts, first_at, last_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                {lane_id, Blob{schema::bytes_of(attempt.sha256)}, attempt.message_id,
                 attempt.attempts, to_micros(now)});
  if (!written) return written.error();
  return {};
}

Result<std::vector<schema::Digest>> read_given_up(Session& session, std::int64_t lane_id,
                                                  std::uint32_t attempts) {
  std::vector<schema::Digest> all;
  const auto read =
      session.query("SELECT sha256 FROM attempt WHERE lane_id = ?1 AND attempts >= ?2",
                    {lane_id, attempts}, [&](const Row& row) {
                      const ByteView sha256 = row.bytes(0);
                      MGC_ASSERT(sha256.size() == sizeof(schema::Digest));
                      std::memcpy(all.emplace_back().data(), sha256.data(), sha256.size());
                      return true;
                    });
  if (!read) return read.error();
  return all;
}

}  // namespace mgc::db
