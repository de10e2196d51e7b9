// Archives of before: any bytes as a file of the adapter of Lync Server 2013.
#include <vector>

#include "audit/import_file.hpp"
#include "schema/event_view.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace mgc::fuzz {
namespace {

/// What an import makes of a file.
struct Imported {
  std::vector<Bytes> events;
  std::vector<std::pair<std::uint64_t, Bytes>> unreadable;  ///< line, and what is kept
  bool operator==(const Imported&) const = default;
};

Result<void> no_progress(std::uint64_t /*bytes*/) { return {}; }

/// The packs are one chain that begins behind `through`.
class Importer {
 public:
  Importer(std::uint64_t through, Bytes last_sha256)
      : next_(through + 1), last_sha256_(std::move(last_sha256)) {}

  void read(const audit::ImportFile& file) {
    const auto done = audit::read_import(file, next_ - 1, last_sha256_,
                                         {[this](Bytes body) { return add_pack(body); },
                                          [this](audit::Unreadable one) {
                                            require_fit_to_show({Action::reject, one.reason});
                                            all_.unreadable.emplace_back(one.line, one.raw);
                                            return Result<void>();
                                          },
                                          no_progress});
    require(done.has_value(), "a file without fault that stays as it is can be read");
  }
  [[nodiscard]] const Imported& all() const { return all_; }
  [[nodiscard]] std::uint64_t through() const { return next_ - 1; }
  [[nodiscard]] const Bytes& last_sha256() const { return last_sha256_; }
  [[nodiscard]] std::uint64_t through_first() const { return through_first_; }
  [[nodiscard]] const Bytes& first_sha256() const { return first_sha256_; }

 private:
  Result<void> add_pack(const Bytes& body) {
    const auto pack = schema::decode_pack(body);
    require(pack.has_value(), "a pack that was made can be read");
    require(pack->header().first_sequence == next_, "sequences go on without a gap");
    require(pack->header().previous_sha256 == last_sha256_, "each pack names the one before");
    for (std::size_t i = 0; i < pack->size(); ++i) {
      const auto event = schema::view_event(pack->event(i));
      require(event.has_value(), "an event that was imported can be read");
      require(event->source.has_value(), "and says its line");
      all_.events.emplace_back(pack->event(i));
    }
    next_ += pack->size();
    last_sha256_ = Bytes(schema::bytes_of(schema::Hasher().sha256(body)));
    if (first_sha256_.empty()) {
      first_sha256_ = last_sha256_;
      through_first_ = next_ - 1;
    }
    return {};
  }

  std::uint64_t next_;
  Bytes last_sha256_;
  Bytes first_sha256_;  ///< of the first pack
  std::uint64_t through_first_ = 0;
  Imported all_;
};

/// What was seen in the first reading is what comes of it, and an import that was killed behind its
/// first pack goes on to the same end.
void check_import(const audit::ImportFile& file) {
  Importer whole(0, {});
  whole.read(file);
  require(whole.all().events.size() == file.events, "as many events as were found");
  require(whole.all().unreadable.size() == file.unreadable, "as many that are none");
  if (whole.through_first() == 0) return;
  Importer rest(whole.through_first(), whole.first_sha256());
  rest.read(file);
  require(rest.through() == whole.through() && rest.last_sha256() == whole.last_sha256(),
          "it goes on to the same end");
}

void check_file(const std::filesystem::path& path, ByteView bytes) {
  const auto file = audit::look_at_import(path, no_progress);
  require(file.has_value(), "a file of any bytes can be looked at");
  require(file->content.fault || file->content.bytes == bytes.size(), "it is read to its end");
  if (!file->content.fault) return check_import(*file);
  require_fit_to_show({Action::reject, file->content.fault->what});
  const auto kept = audit::keep_faulty(*file);
  require(kept.has_value() && kept->raw == bytes, "a file with a fault is kept as it is");
  require_fit_to_show({Action::reject, kept->reason});
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mgc::fuzz;
  static const Folder folder;
  Input input(data, size);
  const auto file = folder / "a.xml";
  const auto bytes = input.rest();
  write_file(file, bytes);
  check_file(file, bytes);
  return 0;
}
