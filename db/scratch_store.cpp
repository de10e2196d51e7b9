#include "db/scratch_store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "core/backoff.hpp"
#include "core/log.hpp"
#include "db/dsn.hpp"
#include "db/mariadb/server_options.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"
#include "db/sqlite/connection.hpp"

namespace mgc::db {
namespace {

constexpr std::string_view kPostgresql = "postgresql";
constexpr std::string_view kMariadb = "mysql";
constexpr std::string_view kSqlite = "sqlite3";

struct Named {
  std::string dsn;
  std::string name;
};

/// What comes last in a string counts.
Result<Named> name_beside(const std::string& mgccomp, const Dsn& parsed) {
  const std::string added = fmt::format("mgc_tune_{:08x}", random_seed() & 0xFFFFFFFFU);
  if (parsed.engine == kPostgresql) return Named{mgccomp + " schema=" + added, added};
  if (parsed.engine == kMariadb) return Named{mgccomp + " db=" + added, added};
  if (parsed.engine == kSqlite) {
    const auto options = sqlite::parse_parameters(parsed.parameters);
    if (!options) return options.error();
    const std::string file = fmt::format("{}.{}", options->file, added);
    return Named{fmt::format("{} db=\"{}\"", mgccomp, file), file};
  }
  return Error{
      Action::stop,
      fmt::format("{}: measurements are made on sqlite3, postgresql or mysql", parsed.engine)};
}

}  // namespace

ScratchStore::ScratchStore(Private /*unused*/, std::string dsn, std::string name,
                           std::string engine)
    : dsn_(std::move(dsn)), name_(std::move(name)), engine_(std::move(engine)) {}

Result<std::unique_ptr<ScratchStore>> ScratchStore::make(const std::string& mgccomp,
                                                         const Clock& clock) {
  const auto parsed = parse_dsn(mgccomp);
  if (!parsed) return parsed.error();
  auto named = name_beside(mgccomp, *parsed);
  if (!named) return named.error();
  auto store = std::make_unique<ScratchStore>(Private{}, std::move(named->dsn),
                                              std::move(named->name), parsed->engine);
  if (auto made = init_database(store->dsn(), Schema::mgccomp, clock); !made) return made.error();
  return store;
}

ScratchStore::~ScratchStore() {
  if (const auto removed = remove(); !removed) {
    log_warning("{} is not removed, and is in nobody's way: {}", name_, removed.error().message);
  }
}

Result<void> ScratchStore::remove() const {
  if (engine_ == kSqlite) {
    for (const char* suffix : {"", "-wal", "-shm", ".access", ".access-journal"}) {
      std::error_code failure;
      std::filesystem::remove(name_ + suffix, failure);
      if (failure) return Error{Action::stop, failure.message()};
    }
    return {};
  }
  auto session = open_session(dsn_, OpenMode::read_write);
  if (!session) return session.error();
  return (*session)->run_script(
      engine_ == kPostgresql
          ? fmt::format("DROP SCHEMA {0} CASCADE; DROP SCHEMA {0}_audit CASCADE", name_)
          : fmt::format("DROP DATABASE IF EXISTS {0}_audit; DROP DATABASE {0}", name_));
}

}  // namespace mgc::db
