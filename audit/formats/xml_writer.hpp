#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace mgc::audit {

/// Writes one XML document in UTF-8, by libxml2. Text has to be of is_plain() characters; line
/// breaks, carriage returns and tabs are read back as they are, in attributes too.
///
/// Threads: one owner. Errors: none; memory that cannot be had ends the process.
class XmlWriter {
 public:
  enum class Ends : std::uint8_t {
    brief,  ///< <a/> where an element is empty
    full,   ///< <a></a>, which a reader of HTML understands as well
  };
  explicit XmlWriter(Ends ends = Ends::brief);
  ~XmlWriter();
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  void open(std::string_view name);
  /// Of the element that was opened last, before anything is in it.
  void attribute(std::string_view name, std::string_view value);
  void text(std::string_view text);
  void close();
  /// An element with text in it and nothing else.
  void element(std::string_view name, std::string_view text);

  /// The document; every element is closed. Nothing may follow.
  [[nodiscard]] Bytes finish();

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
  Ends ends_;
};

}  // namespace mgc::audit
