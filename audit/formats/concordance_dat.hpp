#pragma once

#include <span>

#include "audit/formats/edrm_document.hpp"

namespace mgc::audit {

/// The load file of Concordance and Relativity, as edrm_xml.hpp describes it.
[[nodiscard]] Bytes concordance_dat(std::span<const EdrmDocument> documents);

}  // namespace mgc::audit
