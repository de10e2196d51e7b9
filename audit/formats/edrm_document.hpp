#pragma once

#include <string>
#include <vector>

#include "audit/slice.hpp"

namespace mgc::audit {

/// An event as a document of a load file.
struct EdrmDocument {
  const db::ComplianceEvent* event = nullptr;
  std::string id;         ///< as no event of another slice has it: "86f7e437faa5a7fc-000000003000"
  std::string from;       ///< the address of who acted, mailbox_of(); empty: nobody
  std::string to;         ///< those of who else was in the room, joined by ';'
  std::string text_name;  ///< of the file with the content, in folder "text"; empty: no content
  std::string text_sha256;
};

/// One for each event of `slice`, which outlives them, in its order.
/// @param max_recipients  where more were in the room, `to` is empty
[[nodiscard]] std::vector<EdrmDocument> edrm_documents(const Slice& slice,
                                                       std::size_t max_recipients);

}  // namespace mgc::audit
