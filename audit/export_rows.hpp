#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// What a row has to say.
enum class RowOf : std::uint8_t {
  event,     ///< what the event says
  redacted,  ///< where the event was, and a notice that ends with its leaf
};

/// Reads back the file of an export that has one row for each event: JSON lines or CSV.
///
/// Threads: one owner. Memory: one row, at most kRowBytesMax.
/// Errors:  stop  cannot be read. reject  not what an export writes; with the row.
class ExportRows {
 public:
  static constexpr std::size_t kRowBytesMax = std::size_t{16} << 20;

  /// nullptr for a format that has no such file.
  [[nodiscard]] static Result<std::unique_ptr<ExportRows>> open(const std::filesystem::path& file,
                                                                const std::string& format);
  virtual ~ExportRows() = default;

  /// Moves to the next row; false at the end.
  [[nodiscard]] virtual Result<bool> next() = 0;
  /// Names the columns in which the current row says something else than `event`, separated by
  /// commas; empty when it says the same. Names and addresses that the event lacks may be there, as
  /// the chat database had them, and its segment says nothing of it. Of a redacted event its place
  /// is compared, and `content` is the leaf in hexadecimal that the notice names.
  [[nodiscard]] virtual Result<std::string> differences(const db::ComplianceEvent& event,
                                                        RowOf what) const = 0;
};

}  // namespace mgc::audit
