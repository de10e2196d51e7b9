#include "audit/note_file.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "audit/signed_note.hpp"
#include "core/utf8.hpp"

namespace mgc::audit {
namespace {

Error fault(const std::filesystem::path& file, Action action, std::string_view what) {
  return Error{action, fmt::format("{}: {}", printable(file.string()), what)};
}

}  // namespace

Result<NoteFile> NoteFile::open(std::filesystem::path file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  if (!in.is_open() || failed) return fault(file, Action::stop, "cannot be read");
  return NoteFile(std::move(file), std::move(in), bytes);
}

Result<bool> NoteFile::paragraph(std::string& into) {
  std::string line;
  bool any = false;
  while (read_ < bytes_ && std::getline(in_, line)) {
    read_ += line.size() + (in_.eof() ? 0 : 1);
    if (in_.eof() || read_ > bytes_) {
      return fault(file_, Action::reject, "it ends in the middle of a note");
    }
    if (line.empty()) return true;
    any = true;
    into.append(line).push_back('\n');
    if (into.size() > kNoteBytesMax) {
      return fault(file_, Action::reject, "no file of notes: one would be larger than 64 KiB");
    }
  }
  if (in_.bad()) return fault(file_, Action::stop, "cannot be read");
  return any;
}

Result<std::optional<std::string>> NoteFile::next() {
  std::string note;
  const auto text = paragraph(note);
  if (!text) return text.error();
  if (!*text) return std::optional<std::string>();
  note.push_back('\n');
  const auto signatures = paragraph(note);
  if (!signatures) return signatures.error();
  if (!*signatures || !note.ends_with('\n') || note.ends_with("\n\n")) {
    return fault(file_, Action::reject, "it ends in the middle of a note");
  }
  position_ = read_;
  return std::optional(std::move(note));
}

}  // namespace mgc::audit
