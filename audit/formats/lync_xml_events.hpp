#pragma once

#include <string>

#include "audit/formats/lync_xml_reader.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/event.hpp"

namespace mgc::audit {

/// The event that `record` tells, encoded, with `source` as where it was read. What lync-xml leaves
/// out (xsd/lync-xml.xsd) is not there; nothing else is lost, but the sender's number in a
/// directory and what a tick has below a microsecond. A pure function.
/// @errors reject  it tells none; with the reason.
[[nodiscard]] Result<Bytes> encode_lync_record(const LyncRecord& record, schema::Source source);

/// `record` as XML again: what a dead letter keeps of it.
[[nodiscard]] Bytes xml_of(const LyncRecord& record);

}  // namespace mgc::audit
