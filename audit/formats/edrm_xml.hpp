#pragma once

#include "audit/slice.hpp"

namespace mgc::audit {

struct EdrmOptions {
  /// "To" has who else was in the room at the event, where no more than so many were in it: it
  /// would be written again for each event of a crowded room.
  std::size_t max_recipients = 100;
};

/// Load files for discovery tools, each event being a document: SLICE/edrm.xml, SLICE/loadfile.dat
/// with the same documents, and SLICE/text/ID.txt with the bytes of each content that is not empty.
/// Paths in both are relative to SLICE.
///
/// edrm.xml is EDRM XML 1.2, valid against audit/xsd/edrm.xsd: a schema of what is written, as the
/// official one is not to be had; elements and attributes are those of "EDRM XML Interchange Format
/// Schema Documentation", 1.2, of 31-Oct-2010. FilePath is the folder, Hash has the name of its
/// kind before a colon, as in exports of Microsoft 365. Tags that begin with '#' are EDRM's; those
/// that begin with "mgc_" have the fields that are not empty, under the names of event_fields(),
/// but for the content; "mgc_base64" is as ExactText says. CustomBatchInfo has who was in each room
/// before its first event: all of them, whereas #To is limited.
///
/// loadfile.dat is in the form that Concordance and Relativity have as their default: U+0014
/// between cells, U+00FE around them, U+00AE for a line feed, UTF-8 with a byte order mark, lines
/// ended by CR LF. Which columns there are is a convention of each production, not of the format;
/// here those of most, and behind them MGC_ and the names of event_fields(). The format's own marks
/// cannot be in a cell: they are U+FFFD, as is CR, and MGC_BASE64 has the bytes.
///
/// Threads: any. Errors: none.
[[nodiscard]] Result<std::vector<OutputFile>> edrm_xml(const Slice& slice,
                                                       const EdrmOptions& options = {});

}  // namespace mgc::audit
