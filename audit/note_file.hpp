#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/result.hpp"

namespace mgc::audit {

/// Reads a file of signed notes whose texts have no empty line, one after the other, each followed
/// by an empty line; behind the last one it may be missing. It is read as long as it was when it
/// was opened: what is added meanwhile is not seen.
///
/// Threads: one owner. Memory: one note. Errors: stop  cannot be read. reject  no such file, with
/// where it is not.
class NoteFile {
 public:
  [[nodiscard]] static Result<NoteFile> open(std::filesystem::path file);

  /// The next note; nullopt at the end.
  [[nodiscard]] Result<std::optional<std::string>> next();
  /// Bytes through the empty line behind the last note that next() gave.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  NoteFile(std::filesystem::path file, std::ifstream in, std::uint64_t bytes)
      : file_(std::move(file)), in_(std::move(in)), bytes_(bytes) {}
  /// Appends lines through an empty one, or the end. False at the end of the file.
  [[nodiscard]] Result<bool> paragraph(std::string& into);

  std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t bytes_;  ///< of the file that are read
  std::uint64_t read_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace mgc::audit
