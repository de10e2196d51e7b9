#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/note_file.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// Checkpoints that are kept elsewhere than in the store: those that mgc audit checkpoint wrote
/// into a directory, or a file with some of them. Open it before the store: what is signed
/// meanwhile is then in neither.
///
/// Threads: one owner.
class KeptCheckpoints {
 public:
  /// @errors stop  no such file or directory, or no checkpoint is in it.
  [[nodiscard]] static Result<KeptCheckpoints> open(const std::filesystem::path& place);

  /// The lanes that they are of, as url_part() writes them.
  [[nodiscard]] std::vector<std::string> lanes() const;
  /// The file with those of a lane; nullptr when there is none. Others may be in it.
  [[nodiscard]] NoteFile* file_of(const std::string& lane_part);

 private:
  struct Lane {
    std::string part;
    NoteFile file;
  };
  std::vector<Lane> lanes_;
};

}  // namespace mgc::audit
