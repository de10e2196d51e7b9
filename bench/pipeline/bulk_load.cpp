#include "bench/pipeline/bulk_load.hpp"

#include "bench/pipeline/load_data.hpp"

namespace mgc::bench {
namespace {

constexpr std::string_view kMariadb = "mysql://";
constexpr std::uint64_t kSegment = 1;

Result<void> load_batch(db::Session& session, const RowBatch& batch) {
  if (auto begun = session.begin(); !begun) return begun;
  // Their ids are those that make_rows() counted: the database is empty, and nobody else adds.
  if (!batch.rooms.empty()) {
    if (auto added = session.add_rooms(batch.rooms); !added) return added.error();
  }
  if (!batch.people.empty()) {
    if (auto added = session.add_people(batch.people); !added) return added.error();
  }
  if (auto loaded = session.load_packs(batch.packs); !loaded) return loaded;
  if (auto loaded = session.load_events(kSegment, batch.events); !loaded) return loaded;
  return session.commit();
}

}  // namespace

Result<std::chrono::duration<double>> bulk_load(const std::string& dsn,
                                                std::span<const RowBatch> batches) {
  if (dsn.starts_with(kMariadb)) return load_data(dsn.substr(kMariadb.size()), batches);
  auto session = db::open_session(dsn, db::OpenMode::read_write);
  if (!session) return session.error();
  if (auto owned = (*session)->own_checkpoints(true); !owned) return owned.error();
  const auto begun = std::chrono::steady_clock::now();
  for (const RowBatch& batch : batches) {
    if (auto loaded = load_batch(**session, batch); !loaded) return loaded.error();
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
}

}  // namespace mgc::bench
