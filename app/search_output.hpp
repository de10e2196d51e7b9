#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/compliance_reader.hpp"

namespace mgc::app {

enum class HitFormat : std::uint8_t { transcript, table, jsonl, csv };

/// What a search shows at once.
struct SearchPage {
  std::vector<db::ComplianceEvent> hits;
  std::optional<std::vector<db::ContextGroup>> context;  ///< where it is asked for
  std::optional<std::uint64_t> next;  ///< the page behind this one begins after that event_id
};

/// The page of a search for `limit` hits; those of several lanes may be a few more.
[[nodiscard]] SearchPage page_of(std::vector<db::ComplianceEvent> hits, std::uint32_t limit);

/// `hits`, `next` and `context` of a page, as one JSON document.
[[nodiscard]] std::string page_json(const SearchPage& page);

/// A page as lines, with the end of the last one; hits in a conversation have a '>' before them.
/// Harmless for a terminal, but `csv`, which is as exact as a file of it has to be.
[[nodiscard]] std::string page_text(const SearchPage& page, HitFormat format);

/// "3 hits; for more: --after 17".
[[nodiscard]] std::string page_end(const SearchPage& page);

}  // namespace mgc::app
