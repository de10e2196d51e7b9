#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "db/compliance_reader.hpp"
#include "tests/support/sample_events.hpp"
#include "tests/unit/audit/sqlite_store.hpp"

namespace mgc::test {

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every file below a directory, by its name there.
inline std::map<std::string, std::string> tree(const std::filesystem::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(dir).string()] = contents(entry.path());
  }
  return files;
}

/// An event of a room and somebody, both by a short name.
inline schema::Event event_of(schema::EventKind kind, const std::string& room,
                              const std::string& person, const std::string& text = {}) {
  schema::Event event = chat_event(text);
  event.kind = kind;
  if (kind != schema::EventKind::chat) event.chat_id = 0;
  event.room = schema::Room{"ma-chan://example.org/" + room, "#" + room};
  event.actor =
      schema::Person{"sip:" + person + "@example.org", person, person + "@example.org", false};
  return event;
}

/// A store into which a test puts the events of one node.
class PostingStore : public SqliteStore {
 protected:
  /// One block with one pack; the first event of the store has the event_id 0.
  void record(const std::vector<schema::Event>& events) {
    std::vector<Bytes> encoded;
    for (const schema::Event& event : events)
      encoded.push_back(schema::encode_event(event).value());
    const Bytes body = schema::encode_pack({"a", 1, next_, 0, previous_}, encoded).value();
    previous_ = sha256_of(body);
    next_ += events.size();
    commit({body});
  }
  void post(const std::vector<std::string>& texts) {
    std::vector<schema::Event> events;
    for (const std::string& text : texts) events.push_back(chat_event(text));
    record(events);
  }
  [[nodiscard]] std::unique_ptr<db::ComplianceReader> reader() const {
    return db::ComplianceReader::open(dsn()).value();
  }

 private:
  std::uint64_t next_ = 1;
  Bytes previous_;
};

}  // namespace mgc::test
