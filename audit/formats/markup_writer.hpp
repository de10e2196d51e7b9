#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace mgc::audit {

/// Writes XML, or HTML that is XML as well, in UTF-8, by libxml2. Text has to be of is_plain()
/// characters; line breaks, carriage returns and tabs are read back as they are, in attributes too.
///
/// Threads: one owner. Errors: none; memory that cannot be had ends the process.
class MarkupWriter {
 public:
  enum class Language : std::uint8_t {
    xml,   ///< with a declaration; <a/> where an element is empty
    html,  ///< one element or several without a declaration; <a></a> where one is empty
  };
  /// @param indent  blanks for each element that is around a line
  explicit MarkupWriter(Language language = Language::xml, std::size_t indent = 1);
  ~MarkupWriter();
  MarkupWriter(const MarkupWriter&) = delete;
  MarkupWriter& operator=(const MarkupWriter&) = delete;

  void open(std::string_view name);
  /// Of the element that was opened last, before anything is in it.
  void attribute(std::string_view name, std::string_view value);
  void text(std::string_view text);
  void close();
  /// An element with text in it and nothing else.
  void element(std::string_view name, std::string_view text);
  /// What another writer has finished, as it is.
  void insert(ByteView finished);

  /// What was written; every element is closed. Nothing may follow.
  [[nodiscard]] Bytes finish();

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
  Language language_;
};

}  // namespace mgc::audit
