#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "audit/slice.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// A format of one file, which grows by a piece for each event.
struct LineFormat {
  std::string file;    ///< its name
  std::string header;  ///< what is before the first event
  std::function<std::string(const db::ComplianceEvent&)> line;
};

/// A format of several files.
struct FileFormat {
  SliceFormat write;
  bool wants_present = false;  ///< whether it looks at Slice::present, which costs a second reading
};

/// How an export writes events. Two with the same name and options give the same bytes.
struct ExportFormat {
  std::string name;  ///< what --format calls it
  nlohmann::json
      options;  ///< what was chosen beside it, for the manifest; null = nothing to choose
  std::variant<LineFormat, FileFormat> form;
};

}  // namespace mgc::audit
