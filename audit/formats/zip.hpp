#pragma once

#include <vector>

#include "audit/slice.hpp"

namespace mgc::audit {

/// A zip archive of `files`, by libzip. Its bytes depend on the files alone, and on zlib's version:
/// every time stamp is 1980-01-01T00:00, the first that a zip can have.
///
/// Threads: any. Errors: none; memory that cannot be had ends the process.
[[nodiscard]] Bytes zip_of(const std::vector<OutputFile>& files);

}  // namespace mgc::audit
