// Checks an export of mgc that has proofs, without mgc: written from the published formats and
// docs/proofs.md alone, for whoever is to be convinced by it. It needs OpenSSL 3 and the one
// header of https://github.com/nlohmann/json:
//
//   g++ -std=c++20 -O2 verify_export.cpp -lcrypto -o verify_export
//   ./verify_export DIR KEY.pub
//
// It prints what is not so, a line each. It ends with 0 when all is as it was recorded, with 1 when
// it is not, and with 2 when DIR or KEY.pub cannot be read.
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using nlohmann::json;
using std::string;
using Number = std::uint64_t;
using Hash = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

/// Why a part of an export is worth nothing.
struct Fault : std::runtime_error {
  using runtime_error::runtime_error;
};
void require(bool condition, const string& otherwise) {
  if (!condition) throw Fault(otherwise);
}

const unsigned char* raw(const string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
string sha256(const string& bytes) {
  string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}
string hex(const string& bytes) {
  string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}
/// What an export says goes to a terminal: nothing in it may be a command for one.
string printable(const string& text) {
  string shown;
  for (const char byte : text)
    shown += byte >= ' ' && byte <= '~' ? string{byte} : "\\x" + hex({byte});
  return shown;
}
string from_base64(const string& text) {
  string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                   static_cast<int>(text.size()));
  const auto padding = static_cast<int>(std::count(text.begin(), text.end(), '='));
  require(size >= padding && padding <= 2, "no base 64");
  bytes.resize(static_cast<std::size_t>(size - padding));
  string again(text.size() + 1, '\0');  // several texts are read as the same bytes; one is written
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()), raw(bytes), size - padding);
  require(again.substr(0, text.size()) == text, "no base 64");
  return bytes;
}

/// Takes a text apart, from its front to its end.
class Cursor {
 public:
  explicit Cursor(string text) : text_(std::move(text)) {}
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] string rest() const { return text_.substr(at_); }
  string bytes(Number count) {
    require(count <= text_.size() - at_, "it is cut short");
    at_ += count;
    return text_.substr(at_ - count, count);
  }
  string until(char end) {
    const std::size_t found = text_.find(end, at_);
    require(found != string::npos, "it is cut short");
    const string part = text_.substr(at_, found - at_);
    at_ = found + 1;
    return part;
  }
  Number big_endian() {
    Number number = 0;
    for (const char byte : bytes(8)) number = number << 8U | static_cast<unsigned char>(byte);
    return number;
  }
  Number varint() {  // of protobuf
    Number number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes(1)[0]);
      number |= static_cast<Number>(byte & 0x7FU) << shift;
      if (byte < 0x80U) return number;
    }
    throw Fault("a number is too long");
  }
  Number decimal(char end) {
    const string word = until(end);
    require(!word.empty() && word.size() < 20 && word.find_first_not_of("0123456789") > word.size(),
            "a number is none");
    require(word == std::to_string(std::stoull(word)), "a number begins with 0");
    require(std::stoull(word) <= INT64_MAX, "a number is too large");
    return std::stoull(word);
  }
  void word(const string& wanted) { require(bytes(wanted.size()) == wanted, "no " + wanted); }

 private:
  string text_;
  std::size_t at_ = 0;
};

/// A verifier key of c2sp.org/signed-note.
struct Key {
  string name, id, bytes;
};
Key read_key(const string& line) {
  Cursor in(line);
  Key key{in.until('+'), in.until('+'), from_base64(in.rest())};
  require(key.bytes.size() == 33 && key.bytes[0] == 1, "no Ed25519 key");
  const string id = sha256(key.name + '\n' + key.bytes).substr(0, 4);
  require(hex(id) == key.id, "its id is not its own");
  return {key.name, id, key.bytes.substr(1)};
}
bool is_signature(const Key& key, const string& text, const string& signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.bytes), 32), EVP_PKEY_free);
  const Hash hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(hash.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(hash.get(), raw(signature), signature.size(), raw(text), text.size()) ==
             1;
}

/// A lane of the manifest, with what its checkpoint (c2sp.org/tlog-checkpoint) says of it.
struct Lane {
  string name, note, root;
  Number size = 0;
};
string url_part(const string& lane) {
  string part;
  for (const char letter : lane) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                       string("-._~").find(letter) != string::npos;
    string code = hex({letter});
    for (char& digit : code) digit = static_cast<char>(std::toupper(digit));
    part += plain ? string{letter} : '%' + code;
  }
  return part;
}
Number number(const json& value) {
  require(value.is_number_unsigned(), "a number is none");
  return value;
}
Lane read_lane(const json& end, const string& note, const std::vector<Key>& keys) {
  const bool has_control = std::any_of(note.begin(), note.end(), [](char letter) {
    return static_cast<unsigned char>(letter) < ' ' && letter != '\n';
  });
  require(note.size() <= 65'536 && !has_control, "its checkpoint is no signed note");
  const std::size_t blank = note.rfind("\n\n");
  require(blank != string::npos, "its checkpoint is no signed note");
  const string text = note.substr(0, blank + 1);
  Cursor in(text);
  const string origin = in.until('\n');
  Lane lane{end.at("lane").get<string>(), note, {}, in.decimal('\n')};
  lane.root = from_base64(in.until('\n'));
  in.word("checkpoint ");
  in.decimal('\n');
  in.word("block ");
  const Number block = in.decimal(' ');
  const string digest = hex(from_base64(in.until('\n')));
  in.word("dead-letters ");
  in.until('\n');
  require(in.at_end() && number(end.at("block")) == block &&
              number(end.at("events")) == lane.size && end.at("digest") == digest,
          "it does not end as its checkpoint says");
  bool is_signed = false;
  for (Cursor lines(note.substr(blank + 2)); !lines.at_end();) {
    lines.word("\xE2\x80\x94 ");
    const string name = lines.until(' ');
    const string bytes = from_base64(lines.until('\n'));
    require(!name.empty() && bytes.size() > 4, "a line of its checkpoint is no signature");
    if (origin != name + '/' + url_part(lane.name)) continue;  // only such a key speaks for it
    for (const Key& key : keys) {
      if (name != key.name || bytes.substr(0, 4) != key.id) continue;
      require(is_signature(key, text, bytes.substr(4)), "the signature is not of its checkpoint");
      is_signed = true;
    }
  }
  require(is_signed, "its checkpoint is not signed by a key that is trusted");
  return lane;
}

/// The root of a tree of `size` leaves with this leaf at `index`: RFC 6962, section 2.1.1, from the
/// root down.
string root_of(const string& leaf, Number index, Number size, std::vector<string> proof) {
  require((size > 1) == !proof.empty(), "its proof has another length");
  if (size == 1) return leaf;
  const string sibling = proof.back();
  proof.pop_back();
  const Number left = std::bit_floor(size - 1);
  return index < left
             ? sha256('\1' + root_of(leaf, index, left, std::move(proof)) + sibling)
             : sha256('\1' + sibling + root_of(leaf, index - left, size - left, std::move(proof)));
}

string utc(std::int64_t micros) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{micros}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const long long rest = (time - day).count();
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02lld:%02lld:%02lld.%06lldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), rest / 3'600'000'000, rest / 60'000'000 % 60,
                rest / 1'000'000 % 60, rest % 1'000'000);
  return text.data();
}

/// The fields of a protobuf message: numbers, and texts. Of a field that comes twice the last
/// counts; messages within are merged, which joining their bytes does.
struct Message {
  std::map<Number, Number> numbers;
  std::map<Number, string> texts;

  explicit Message(const string& bytes, const std::vector<Number>& nested = {}) {
    for (Cursor in(bytes); !in.at_end();) {
      const Number tag = in.varint();
      const Number field = tag >> 3U;
      const Number type = tag & 7U;
      if (type == 0) {
        numbers[field] = in.varint();
      } else if (type == 2) {
        if (std::count(nested.begin(), nested.end(), field) == 0) texts[field].clear();
        texts[field] += in.bytes(in.varint());
      } else {
        require(type == 1 || type == 5, "the event cannot be read");
        in.bytes(type == 1 ? 8 : 4);
      }
    }
  }
};

string kind_name(std::int32_t kind) {
  static constexpr std::array<const char*, 20> kNames = {
      "",       "JOIN",   "PART",   "CHAT",   "BACKCHAT", "FILEUPLOAD", "FILEDOWNLOAD",
      "EDIT",   "DELETE", "PURGE",  "INVITE", "ROOM",     "MEMBERSHIP", "PERSON",
      "NOTICE", "NODE",   "ACCESS", "HOLD",   "REMOVAL",  "REDACTION"};
  if (kind > 0 && kind < 20) return kNames[static_cast<std::size_t>(kind)];
  return "UNKNOWN(" + std::to_string(kind) + ")";
}

/// The columns that an event's own bytes (schema/proto/mgc/v1/event.proto) fill.
json row_of(const string& bytes) {
  Message event(bytes, {3, 4, 5, 8});
  const auto part = [&](Number field, Number of_part) -> json {
    if (!event.texts.contains(field)) return nullptr;
    return Message(event.texts[field]).texts[of_part];
  };
  const Number time = event.numbers[2];  // zigzag
  const json digest = part(8, 2);
  return {{"kind", kind_name(static_cast<std::int32_t>(event.numbers[1]))},
          {"occurred_at", utc(static_cast<std::int64_t>((time >> 1U) ^ (0 - (time & 1U))))},
          {"room_uri", part(3, 1)},
          {"room_name", part(3, 2)},
          {"actor_uri", part(4, 1)},
          {"actor_name", part(4, 2)},
          {"actor_email", part(4, 3)},
          {"content", event.texts[6]},
          {"chat_id", event.numbers[7]},
          {"file_name", part(8, 1)},
          {"file_sha256", digest.is_null() || digest == "" ? json() : json(hex(digest))}};
}

std::vector<string> split(const string& text) {
  std::vector<string> parts(1);
  for (const char letter : text) {
    if (letter == ',') parts.emplace_back();
    if (letter != ',') parts.back() += letter;
  }
  return parts;
}
const std::vector<string> kColumns = split(
    "lane,event_id,kind,occurred_at,received_at,room_uri,room_name,actor_uri,actor_name,actor_"
    "email,"
    "content,chat_id,file_name,file_sha256,node,epoch,sequence,block,segment");

/// Of a text of somebody else no more than this is ever in memory: an event has 1 MiB at most, of
/// which JSON may make six.
constexpr std::size_t kTextMax = std::size_t{16} << 20;
string next_line(std::istream& in) {
  string line;
  for (int letter = in.get(); letter != '\n'; letter = in.get()) {
    require(in.good() && line.size() < kTextMax, "a line is cut short, or too long");
    line += static_cast<char>(letter);
  }
  return line;
}
bool at_end(std::istream& in) { return in.peek() == std::istream::traits_type::eof(); }

/// A text of somebody else: values within so many others are none of an export.
json parse_flat(const string& text) {
  return json::parse(text, [](int depth, json::parse_event_t, json&) {
    require(depth <= 8, "it has values within values within values");
    return true;
  });
}

/// The rows of events.jsonl or events.csv, as objects; the cells of CSV are texts.
class Rows {
 public:
  Rows(const std::filesystem::path& file, bool is_csv) : in_(file, std::ios::binary), csv_(is_csv) {
    if (!csv_) return;
    columns_ = record();
    require(columns_ == kColumns, "its first row is not the header of an export");
  }
  std::optional<json> next() {
    if (at_end(in_)) return std::nullopt;
    json row;
    if (csv_) {
      const auto cells = record();
      require(cells.size() == columns_.size(), "a row has another number of cells");
      for (std::size_t i = 0; i < cells.size(); ++i) row[columns_[i]] = cells[i];
      return row;
    }
    const string line = next_line(in_);
    row = parse_flat(line);
    require(row.is_object(), "a line is no JSON object");
    // Of a name that is there twice, readers believe one or the other.
    require(row.dump() == line, "a line is not as an export writes it");
    return row;
  }
  /// Where a row says something else than what is proven. Names that the event lacks may have been
  /// filled in from the chat database, and where a row was kept is no part of the event.
  [[nodiscard]] std::optional<string> difference(const json& said, const json& row) const {
    return first_other(row, [&](const string& column) {
      const bool fills = column == "room_name" || column == "actor_name" || column == "actor_email";
      const json wanted = said.value(column, json());
      return column == "segment" || (fills && (wanted.is_null() || wanted == "")) ||
             is_cell(row[column], wanted);
    });
  }
  /// Where the event was is proven, and a notice with the hash that is left stands in its place.
  [[nodiscard]] std::optional<string> difference_of_redacted(const json& place, const json& row,
                                                             const string& leaf) const {
    return first_other(row, [&](const string& column) {
      if (column == "content" && row[column].is_string()) {
        const auto content = row[column].get<string>();
        return content.starts_with("REDACTED: ") && content.ends_with("; leaf " + hex(leaf) + ")");
      }
      return column != "content" &&
             (!place.contains(column) || is_cell(row[column], place[column]));
    });
  }

 private:
  /// The first column for which `is_right` is false; a row has each, and no other.
  template <typename IsRight>
  [[nodiscard]] std::optional<string> first_other(const json& row, const IsRight& is_right) const {
    std::vector<string> columns = kColumns;
    if (!csv_) columns.insert(columns.end(), {"synthetic", "imported"});
    for (const string& column : columns) {
      const bool is_plain =
          row.contains(column) && !row[column].is_number_float() && !row[column].is_structured();
      if (!is_plain || !is_right(column)) return column;
    }
    if (row.size() != columns.size()) return "a column that no export has";
    return std::nullopt;
  }
  [[nodiscard]] bool is_cell(const json& value, const json& wanted) const {
    return value == (csv_ ? json(cell_of(wanted)) : wanted);
  }
  /// A cell that a spreadsheet could take for a formula has an apostrophe before it.
  static string cell_of(const json& value) {
    string text = value.is_null() ? "" : value.is_string() ? value.get<string>() : value.dump();
    std::size_t first = 0;
    while (first < text.size() && static_cast<unsigned char>(text[first]) <= ' ') ++first;
    const bool guarded =
        !text.empty() &&
        (string("'\t\r").find(text[0]) != string::npos ||
         (first < text.size() && string("=+-@").find(text[first]) != string::npos));
    return guarded ? '\'' + text : text;
  }
  /// A record of RFC 4180. A cell is in quotes where it has to be and nowhere else, so that every
  /// reader takes it for the same.
  std::vector<string> record() {
    std::vector<string> cells;
    Number bytes = 0;
    int letter = 0;
    const auto next = [&] {
      letter = in_.get();
      require(in_.good() && ++bytes < kTextMax, "a row is cut short, or too long");
    };
    while (letter != '\r') {
      require(cells.size() < kColumns.size(), "a row has another number of cells");
      string& cell = cells.emplace_back();
      next();
      const bool quoted = letter == '"';
      if (quoted) next();
      while (quoted ? letter != '"' || in_.peek() == '"' : letter != ',' && letter != '\r') {
        if (quoted && letter == '"') next();
        cell += static_cast<char>(letter);
        next();
      }
      if (quoted) next();
      const bool has_to_be = cell.find_first_of(",\"\r\n") != string::npos;
      require(quoted == has_to_be && (letter == ',' || letter == '\r'),
              "a cell is not as an export writes it");
    }
    require(in_.get() == '\n', "a row does not end with CR and LF");
    return cells;
  }

  std::ifstream in_;
  bool csv_;
  std::vector<string> columns_;
};

/// What is a link, a pipe or a device is no file of an export, and is not opened.
bool is_file(const std::filesystem::path& path) {
  return std::filesystem::symlink_status(path).type() == std::filesystem::file_type::regular;
}
/// Folders and a file, none of which is hidden.
bool is_below(const string& name) {
  for (const char letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 &&
        string("._-/").find(letter) == string::npos)
      return false;
  }
  const string path = '/' + name;
  return path.back() != '/' && path.find("/.") == string::npos && path.find("//") == string::npos;
}
std::ifstream open_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in.is_open()) throw std::ios_base::failure(path.string() + " cannot be read");
  return in;
}
string read_file(const std::filesystem::path& path, Number bytes_max) {
  if (!is_file(path) || std::filesystem::file_size(path) > bytes_max)
    throw std::ios_base::failure(path.string() + " is missing, no file, or too large");
  std::ifstream in = open_file(path);
  return {std::istreambuf_iterator<char>(in), {}};
}
/// In hexadecimal, of a file of any size.
string sha256_of_file(const std::filesystem::path& path) {
  std::ifstream in = open_file(path);
  const Hash hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  string piece(1 << 20, '\0');
  string digest(SHA256_DIGEST_LENGTH, '\0');
  bool good = EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    good = good &&
           EVP_DigestUpdate(hash.get(), piece.data(), static_cast<std::size_t>(in.gcount())) == 1;
  }
  auto* const place = reinterpret_cast<unsigned char*>(digest.data());
  require(good && EVP_DigestFinal_ex(hash.get(), place, nullptr) == 1, "it cannot be hashed");
  return hex(digest);
}

/// Which events an export of everything lacks, and how many of them proven events of the service
/// say were removed, because their time was over. A removal takes all of its range but the events
/// of what was done with the record: where another one is there, it was not carried out.
class Missing {
 public:
  explicit Missing(const std::vector<Lane>& lanes) : lanes_(lanes) {}
  /// In the order of the proofs. A duty is an event of what was done with the record.
  void see(std::size_t lane, Number index, bool is_duty) {
    while (lane_ < lane) end_lane();
    last_ = index;
    if (!is_duty) {
      end_gap(index);
      first_ = index + 1;
    } else if (duties_.size() > ended_ && duties_.back().end == index) {
      ++duties_.back().end;
    } else {
      require(duties_.size() < kRunsMax, "events are missing in too many places");
      duties_.push_back({lane, index, index + 1});
    }
  }
  /// What the last one says.
  void learn(const json& said) {
    if (!said.is_object() || !said.value("lane", json()).is_string()) return;
    const json first = said.value("first_event_id", json());
    const json last = said.value("last_event_id", json());
    if (!first.is_number_unsigned() || !last.is_number_unsigned() || first > last) return;
    if (last.get<Number>() > INT64_MAX) return;
    const string lane = said["lane"];
    if (lane != lanes_[lane_].name || last < last_)
      removed_.emplace(lane, first.get<Number>(), last.get<Number>());
  }
  /// After the last proof: those that were removed, and those without a reason.
  std::pair<Number, Number> count() {
    while (lane_ < lanes_.size()) end_lane();
    Number removed = 0, missing = 0;
    for (const auto& [lane, first, end] : gaps_) {
      missing += end - first - duties_in(lane, first, end);
      Number next = first;
      auto one = removed_.lower_bound({lanes_[lane].name, first, 0});
      for (; one != removed_.end() && std::get<0>(*one) == lanes_[lane].name; ++one) {
        const auto [of, from, through] = *one;
        if (from >= end) break;
        if (through >= end || through < next) continue;
        const Number begin = std::max(from, next);
        next = through + 1;
        removed += next - begin - duties_in(lane, begin, next);
      }
    }
    return {removed, missing - removed};
  }

 private:
  struct Run {
    std::size_t lane;
    Number first, end;
  };
  static constexpr std::size_t kRunsMax = 1'000'000;

  void end_lane() {
    end_gap(lanes_[lane_].size);
    ++lane_;
    first_ = 0;
  }
  void end_gap(Number end) {
    if (end > first_ && end - first_ > duties_in(lane_, first_, end)) {
      require(gaps_.size() < kRunsMax, "events are missing in too many places");
      gaps_.push_back({lane_, first_, end});
      ended_ = duties_.size();
    }
    duties_.resize(ended_);
  }
  [[nodiscard]] Number duties_in(std::size_t lane, Number first, Number end) const {
    auto run = std::lower_bound(
        duties_.begin(), duties_.end(), std::pair(lane, first),
        [](const Run& one, const auto& place) { return std::pair(one.lane, one.end) < place; });
    Number duties = 0;
    for (; run != duties_.end() && run->lane == lane && run->first < end; ++run)
      duties += std::min(run->end, end) - std::max(run->first, first);
    return duties;
  }

  const std::vector<Lane>& lanes_;
  std::size_t lane_ = 0;
  Number last_ = 0;
  Number first_ = 0;       ///< behind the last event that is no duty
  std::vector<Run> gaps_;  ///< between two of those; something is missing in each
  std::vector<Run> duties_;
  std::size_t ended_ = 0;  ///< of duties_, those in gaps_
  std::set<std::tuple<string, Number, Number>> removed_;
};

/// Of each node and epoch the first and the last sequence, and how many events.
using Coverage = std::map<std::pair<string, Number>, std::tuple<Number, Number, Number>>;

class Check {
 public:
  Check(std::filesystem::path dir, std::vector<Key> keys)
      : dir_(std::move(dir)), keys_(std::move(keys)) {}

  [[nodiscard]] Number proofs() const { return proofs_; }
  [[nodiscard]] Number redacted() const { return redacted_; }
  [[nodiscard]] Number removed() const { return removed_; }
  [[nodiscard]] bool has_rows() const { return rows_.has_value(); }
  bool run() {
    const string text = read_file(dir_ / "manifest.json", Number{256} << 20);
    attempt("manifest.json", [&] {
      const string sum = hex(sha256(text)) + "  manifest.json\n";
      attempt("manifest.json.sha256", [&] {
        require(read_file(dir_ / "manifest.json.sha256", 1'000) == sum, "another sum");
      });
      manifest_ = parse_flat(text);
      require(number(manifest_.at("manifest")) == 1, "another version");
      const json& ledger = manifest_.at("ledger");
      require(ledger.size() == manifest_.at("checkpoints").size(), "checkpoints are missing");
      for (std::size_t i = 0; i < ledger.size(); ++i) {
        lanes_.push_back(read_lane(ledger[i], manifest_["checkpoints"][i], keys_));
        require(i == 0 || lanes_[i - 1].name < lanes_[i].name, "its lanes are not in order");
      }
      require(!lanes_.empty(), "nothing of it is signed");
    });
    if (!lanes_.empty()) {
      attempt("manifest.json", [&] {
        for (const json& file : manifest_.at("files")) check_file(file);
      });
      attempt("files", [&] { check_others(); });
      attempt("proofs.tlog", [&] { check_proofs(); });
      attempt("manifest.json", [&] { check_counts(); });
    }
    return ok_;
  }

 private:
  void find(const string& where, const string& what) {
    ok_ = false;
    std::cout << printable(where + ": " + what) << '\n';
  }
  template <typename Do>
  void attempt(const string& where, const Do& act) {
    try {
      act();
    } catch (const std::exception& fault) {
      find(where, fault.what());
    }
  }

  void check_file(const json& file) {
    const string name = file.value("name", "");
    attempt(name, [&] {
      require(names_.insert(name).second, "the manifest names it twice");
      require(is_below(name), "it is no name for a file of an export");
      require(is_file(dir_ / name), "it is missing, or no file");
      require(std::filesystem::file_size(dir_ / name) == number(file.at("bytes")),
              "it has another size than the manifest says");
      require(sha256_of_file(dir_ / name) == file.at("sha256"),
              "its SHA-256 is not that of the manifest");
    });
  }

  /// What somebody may believe to be of the export.
  void check_others() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_)) {
      const string name = entry.path().lexically_relative(dir_).string();
      const bool is_folder = entry.symlink_status().type() == std::filesystem::file_type::directory;
      if (!is_folder && names_.count(name) == 0 && name != "manifest.json" &&
          name != "manifest.json.sha256")
        find(name, "it is here, and the manifest does not name it");
    }
  }

  void check_proofs() {
    const string format = manifest_.at("format");
    for (const string one : {"jsonl", "csv"}) {
      require((names_.count("events." + one) == 1) == (one == format),
              "the manifest's files are not those of its format");
      require(one != format || names_.size() == 2,
              "the manifest names more than the rows and their proofs");
      const auto file = dir_ / ("events." + one);
      if (one == format && is_file(file)) rows_.emplace(file, one == "csv");
    }
    require(names_.count("proofs.tlog") == 1, "the manifest does not name it");
    if (manifest_.at("query") == json{{"duties", true}}) missing_.emplace(lanes_);
    require(is_file(dir_ / "proofs.tlog"), "it is no file");
    std::ifstream in = open_file(dir_ / "proofs.tlog");
    string text;
    while (!at_end(in)) {
      const string line = next_line(in) + '\n';
      if (line == "c2sp.org/tlog-proof@v1\n" && !text.empty()) check_proof(std::exchange(text, {}));
      require(text.size() + line.size() < kTextMax, "a proof is too long");
      text += line;
    }
    if (!text.empty()) check_proof(text);
    require(!rows_ || !rows_->next(), "there are more rows than proofs");
  }

  /// A text of c2sp.org/tlog-proof, and the empty line that follows it.
  void check_proof(const string& text) {
    ++proofs_;
    attempt("proof " + std::to_string(proofs_) + " of proofs.tlog", [&] {
      Cursor in(text);
      in.word("c2sp.org/tlog-proof@v1\nextra ");
      const string extra = from_base64(in.until('\n'));
      in.word("index ");
      const Number index = in.decimal('\n');
      std::vector<string> hashes;
      for (string hash = in.until('\n'); !hash.empty(); hash = in.until('\n')) {
        hashes.push_back(from_base64(hash));
      }
      const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                     [&](const Lane& one) { return one.note + '\n' == in.rest(); });
      require(lane != lanes_.end(), "its checkpoint is none of the manifest");
      const std::pair place(lane - lanes_.begin(), index);
      require(proofs_ == 1 || last_ < place, "it is there twice, or out of order");
      last_ = place;
      // The ledger entry, which is the leaf, and then the event: docs/proofs.md.
      Cursor entry(extra);
      entry.word("\1");
      json row = {{"lane", lane->name}, {"event_id", index}};
      const string node = entry.bytes(static_cast<unsigned char>(entry.bytes(1)[0]));
      const Number epoch = entry.big_endian();
      row["received_at"] = utc(static_cast<std::int64_t>(entry.big_endian()));
      row["block"] = entry.big_endian();
      entry.bytes(32);
      const Number sequence = entry.big_endian();
      const string event_leaf = entry.bytes(32);
      const string event = entry.rest();
      const string leaf = sha256(string(1, '\0') + extra.substr(0, extra.size() - event.size()));
      require(index < lane->size && root_of(leaf, index, lane->size, hashes) == lane->root,
              "it is not in the tree of the checkpoint");
      // The bytes of a redacted event are gone; its row has to show that.
      require(event.empty() || sha256(string(1, '\0') + event) == event_leaf,
              "its event has other bytes");
      redacted_ += event.empty() ? 1 : 0;
      if (missing_) see(static_cast<std::size_t>(place.first), index, node, event);
      count(node, epoch, sequence);
      row.update({{"node", node},
                  {"epoch", epoch},
                  {"sequence", sequence},
                  {"synthetic", node.starts_with("mgc-service.")},
                  {"imported", node.starts_with("mgc-import.")}});
      if (!event.empty()) row.update(row_of(event));
      if (!rows_) return;
      const auto shown = rows_->next();
      require(shown.has_value(), "it has no row");
      const auto column = event.empty() ? rows_->difference_of_redacted(row, *shown, event_leaf)
                                        : rows_->difference(row, *shown);
      require(!column, "its row says something else than its bytes: " + column.value_or(""));
    });
  }

  void see(std::size_t lane, Number index, const string& node, const string& event) {
    Message said(event, {14});
    const Number kind = said.numbers[1];
    const bool is_duty = kind >= 16 && kind <= 19 && node.starts_with("mgc-service.");
    missing_->see(lane, index, is_duty);
    if (!is_duty || kind != 18) return;
    try {
      missing_->learn(parse_flat(Message(said.texts[14]).texts[7]));
    } catch (const json::exception&) {
      return;  // what cannot be read excuses nothing
    } catch (const Fault&) {
      return;
    }
  }

  void count(const string& node, Number epoch, Number sequence) {
    auto& [first, last, events] =
        coverage_.try_emplace({node, epoch}, sequence, sequence, 0).first->second;
    first = std::min(first, sequence);
    last = std::max(last, sequence);
    ++events;
  }

  void check_counts() {
    require(number(manifest_.at("events")) == proofs_,
            "it has another number of events than are proven");
    if (missing_) {
      const auto [removed, missing] = missing_->count();
      removed_ = removed;
      require(missing == 0, "its query leaves nothing out, and " + std::to_string(missing) +
                                " events are missing, of which no proven event says that they "
                                "were removed");
    }
    Coverage coverage;
    for (const json& one : manifest_.at("coverage")) {
      const auto [place, is_new] = coverage.try_emplace(
          {one.at("node").get<string>(), number(one.at("epoch"))}, number(one.at("first_sequence")),
          number(one.at("last_sequence")), number(one.at("events")));
      require(is_new, "it covers a node and epoch twice");
    }
    require(coverage == coverage_, "its coverage is not that of the proofs");
  }

  const std::filesystem::path dir_;
  const std::vector<Key> keys_;
  bool ok_ = true;
  json manifest_;
  std::set<string> names_;  ///< of the manifest's files
  std::vector<Lane> lanes_;
  std::optional<Rows> rows_;
  Number proofs_ = 0;
  Number redacted_ = 0;
  Number removed_ = 0;
  std::optional<Missing> missing_;  ///< where nothing is to be missing
  std::pair<std::ptrdiff_t, Number> last_;
  Coverage coverage_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::ios_base::failure("usage: verify_export DIR KEY.pub");
    std::vector<Key> keys;
    std::ifstream in(argv[2]);
    for (std::string line; std::getline(in, line);) keys.push_back(read_key(line));
    Check check(argv[1], keys);
    const bool ok = check.run();
    std::cout << (ok ? "verified" : "NOT AS RECORDED") << ": " << check.proofs()
              << " events with proofs, " << check.redacted()
              << " of them shown as redacted (not proven), " << check.removed()
              << " more removed, as events say"
              << (check.has_rows() ? ", each with its row\n"
                                   : "; the files of this format were held to their sums only\n");
    return ok ? 0 : 1;
  } catch (const std::exception& fault) {
    std::cerr << printable(fault.what()) << '\n';
    return 2;
  }
}
