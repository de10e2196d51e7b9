#include "consumer/name_finder.hpp"

#include <chrono>
#include <vector>

#include "core/log.hpp"

namespace mgc::consumer {

void NameFinder::find(std::span<DecodedRecord> records) {
  std::vector<db::PackRecord*> packs;
  for (DecodedRecord& record : records) {
    if (record.pack) packs.push_back(&*record.pack);
  }
  if (packs.empty() || clock_.steady_now() < try_at_) return;
  if (const std::uint64_t number = session_number_(); number != source_) {
    names_.reset();
    source_ = number;
  }
  const auto found = find_in_session(packs);
  if (found) {
    for (db::PackRecord* pack : packs) pack->names.source = source_;
    return;
  }
  log_warning("names are left for the writer to find: {}", found.error().message);
  if (found.error().action == Action::reject) return;  // a name of these packs, not the database
  names_.reset();
  try_at_ = clock_.steady_now() + std::chrono::seconds{1};
}

Result<void> NameFinder::find_in_session(std::span<db::PackRecord* const> packs) {
  if (!names_) {
    auto opened = db::NamesAhead::open(dsn_);
    if (!opened) return opened.error();
    names_ = std::move(*opened);
  }
  return names_->find(packs);
}

}  // namespace mgc::consumer
