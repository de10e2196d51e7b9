#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "audit/formats/run_apart.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// An XSLT 1.0 stylesheet, which somebody else wrote. It can read nothing but the document that it
/// is given: no file, no network, no other stylesheet, and it can write nothing but its result.
/// What it does is done apart (run_apart.hpp), within limits of time, memory and depth. The same
/// document gives the same result, generate-id() included.
///
/// Threads: any. A value.
class Stylesheet {
 public:
  /// @errors stop  the file cannot be read, or is no stylesheet.
  [[nodiscard]] static Result<Stylesheet> read(const std::filesystem::path& file,
                                               const ApartLimits& limits = {});

  /// The result for an XML document.
  /// @errors stop  the stylesheet fails, ends itself by a message, wants what it may not have, or
  ///               breaks a limit; with the file's name.
  ///         retry  no process to spare.
  [[nodiscard]] Result<Bytes> apply(ByteView document) const;

  /// By its output method: "xml", "html" or "txt".
  [[nodiscard]] const std::string& suffix() const { return suffix_; }
  /// Of the file, in hexadecimal.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  Stylesheet(std::filesystem::path file, Bytes text, const ApartLimits& limits);
  [[nodiscard]] Result<Bytes> named(Result<Bytes> done) const;

  std::filesystem::path file_;
  Bytes text_;
  ApartLimits limits_;
  std::string suffix_, sha256_;
};

}  // namespace mgc::audit
