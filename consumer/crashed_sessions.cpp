#include "consumer/crashed_sessions.hpp"

#include <algorithm>
#include <utility>

#include "consumer/joined_people.hpp"
#include "core/log.hpp"

namespace mgc::consumer {
namespace {

constexpr std::size_t kPeopleMax = db::ClosingPage::kPeopleMax;
constexpr std::size_t kBytesMax = db::ClosingPage::kBytesMax;

std::size_t bytes_of(const db::LeftJoined& left) {
  return left.room.uri.size() + left.room.name.size() + left.person.uri.size() +
         left.person.name.size() + left.person.email.size();
}

}  // namespace

std::vector<db::ClosingPage> closing_pages(db::CrashedSession session,
                                           std::vector<db::LeftJoined> people, UtcTime ended_at,
                                           bool are_last) {
  std::vector<db::ClosingPage> pages;
  std::size_t bytes = 0;
  const auto begin_page = [&] {
    if (!pages.empty()) session.closed_people += pages.back().people.size();
    pages.push_back({session, {}, ended_at, false});
    bytes = 0;
  };
  for (db::LeftJoined& left : people) {
    const bool full = !pages.empty() && (pages.back().people.size() == kPeopleMax ||
                                         bytes + bytes_of(left) > kBytesMax);
    if (pages.empty() || full) begin_page();
    bytes += bytes_of(left);
    pages.back().people.push_back(std::move(left));
  }
  if (pages.empty() && are_last) begin_page();
  if (are_last) pages.back().is_last = true;
  return pages;
}

CrashedSessions::CrashedSessions(CrashedSessionsOptions options, const Clock& clock)
    : options_(std::move(options)),
      lookout_(
          {options_.interval, "nobody is closed for nodes that crashed for now, the record goes on",
           "people of nodes that crashed are closed again"},
          [this](bool, Pages& pages, const std::stop_token& stop) { return look(pages, stop); },
          clock) {}

Result<void> CrashedSessions::look(Pages& pages, const std::stop_token& stop) {
  auto source = db::CrashedSessionSource::open(options_.mgccomp);
  if (!source) return source.error();
  auto crashed = source->find();
  if (!crashed) return crashed.error();
  for (db::CrashedSession& session : *crashed) {
    const std::string name = session.node + "/" + std::to_string(session.epoch);
    const auto closed = close_session(*source, std::move(session), pages, stop);
    if (!closed && closed.error().action == Action::stop) {
      // What is wrong with one is no reason to leave the people of the others joined.
      log_warning("nobody is closed for node {}: {}", name, closed.error().message);
      continue;
    }
    if (!closed) return closed.error();
    if (!*closed) return {};
  }
  return {};
}

Result<bool> CrashedSessions::close_session(db::CrashedSessionSource& source,
                                            db::CrashedSession session, Pages& pages,
                                            const std::stop_token& stop) {
  std::uint64_t found = 0;  // by the looks so far
  std::optional<JoinedPeople::Key> begin(std::in_place);
  while (begin) {
    JoinedPeople joined(options_.joined_max, *begin);
    UtcTime ended_at{};
    const auto read =
        source.each_event(session, [&](std::uint64_t, const schema::EventView& event) {
          joined.take(event);
          ended_at = event.occurred_at;
          return !stop.stop_requested();
        });
    if (!read) return read.error();
    if (stop.stop_requested()) return false;
    begin = joined.rest();
    auto people = std::move(joined).left();
    // The first are closed already, by somebody who did not come to the end.
    const auto skipped = std::min<std::uint64_t>(people.size(), session.closed_people - found);
    found += people.size();
    people.erase(people.begin(), people.begin() + static_cast<std::ptrdiff_t>(skipped));
    for (auto& page : closing_pages(session, std::move(people), ended_at, !begin)) {
      if (!pages.push(std::move(page))) return false;
    }
    session.closed_people = std::max(session.closed_people, found);
  }
  return true;
}

}  // namespace mgc::consumer
