#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {

/// An element as it was read.
struct XmlElement {
  std::string name;
  /// In order, in UTF-8; what `escaped` lists is still escaped.
  std::vector<std::pair<std::string, std::string>> attributes;

  /// nullptr: there is none.
  [[nodiscard]] const std::string* find(std::string_view attribute) const;
};

/// A Message or an Event of a file, and the Channel that it is under.
struct LyncRecord {
  std::uint64_t line = 0;             ///< where its start tag ends; 1 = first line
  std::optional<XmlElement> channel;  ///< of its conversation
  bool outside_rooms = false;         ///< it is not in a conversation
  std::vector<XmlElement> elements;   ///< itself, then what is in it, in order
  std::string fault;                  ///< not empty: it is larger than anything that was written

  static constexpr std::size_t kElementsMax = 16;
  static constexpr std::size_t kBytesMax = std::size_t{12} << 20;
};

/// Why a file is not what was wanted.
struct LyncFault {
  std::uint64_t line = 0;
  std::string what;
};

/// A file that was read to its end.
struct LyncFile {
  schema::Digest sha256{};
  std::uint64_t bytes = 0;
  std::string encoding;            ///< empty = UTF-8
  bool is_attachments = false;     ///< an .ATTACH file of ours; it has no records
  std::optional<LyncFault> fault;  ///< it is not of this format; records before it were shown
  /// What the format does not have, and how often: "Channel/@islogged". At most kLeftOutMax.
  std::map<std::string, std::uint64_t> left_out;

  static constexpr std::size_t kLeftOutMax = 100;
};

struct LyncVisits {
  std::function<Result<void>(const LyncRecord&)> record;
  /// With the bytes of the file read so far, at least each 64 KiB.
  std::function<Result<void>(std::uint64_t)> progress;
};

/// Reads a file of the original's adapter, or of `mgc audit export --format lync-xml`, as far as
/// it is XML. Any bytes may be in it: a document type is refused before what is in it is read, so
/// that there are no entities; nothing else is opened; names, texts and depth are bounded.
///
/// @param path  not followed when it is a symbolic link.
/// @errors stop  it cannot be opened or read, or is no regular file. Otherwise those of the visits,
///         which end the reading.
/// @threads any. Memory: a record, and what libxml2 holds of one tag: at most 10 MB.
[[nodiscard]] Result<LyncFile> read_lync_xml(const std::filesystem::path& path,
                                             const LyncVisits& visits);

}  // namespace mgc::audit
