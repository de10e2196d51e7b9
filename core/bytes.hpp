#pragma once

#include <string>
#include <string_view>

namespace mgc {

/// Owned bytes that are not necessarily text. `std::string` is what protobuf, zstd, SQLite and
/// OpenSSL all take without a copy.
using Bytes = std::string;

/// Borrowed bytes; the owner outlives the view.
using ByteView = std::string_view;

}  // namespace mgc
