#include "producer/replay/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/utf8.hpp"

namespace mgc::producer {
namespace {

constexpr std::size_t kInputBytes = 64 * 1024;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib's way to ask for gzip framing and nothing else

Error file_error(const std::string& path, std::string_view what) {
  return Error{Action::stop, fmt::format("{}: {}", printable(path), what)};
}

std::string system_reason(int error) { return std::strerror(error); }

/// An open file descriptor and how far it has been read.
class File {
 public:
  File(std::string path, int descriptor, std::uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] Result<std::size_t> read(std::span<char> into) {
    for (;;) {
      const ssize_t count = ::read(descriptor_, into.data(), into.size());
      if (count >= 0) {
        position_ += static_cast<std::uint64_t>(count);
        return static_cast<std::size_t>(count);
      }
      if (errno != EINTR) {
        return file_error(path_, fmt::format("cannot be read: {}", system_reason(errno)));
      }
    }
  }
  [[nodiscard]] Result<void> rewind() {
    if (::lseek(descriptor_, 0, SEEK_SET) != 0) {
      return file_error(path_, fmt::format("cannot be read: {}", system_reason(errno)));
    }
    position_ = 0;
    return {};
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::span<char> into) override { return file_->read(into); }
  std::uint64_t file_bytes_read() const override { return file_->position(); }
  std::uint64_t file_bytes_total() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<File> file) : file_(std::move(file)), input_(kInputBytes) {
    ready_ = ::inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<std::size_t> read(std::span<char> into) override {
    if (!ready_) return file_error(file_->path(), "cannot be expanded: out of memory");
    while (!at_end_) {
      if (auto filled = fill(); !filled) return filled.error();
      if (at_end_) break;
      auto expanded = expand(into);
      if (!expanded || *expanded > 0) return expanded;
    }
    return std::size_t{0};
  }
  std::uint64_t file_bytes_read() const override { return file_->position() - stream_.avail_in; }
  std::uint64_t file_bytes_total() const override { return file_->size(); }

 private:
  /// Makes sure that there is input; the end of the file is fine only between two members.
  Result<void> fill() {
    if (stream_.avail_in > 0) return {};
    auto count = file_->read(input_);
    if (!count) return count.error();
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(*count);
    if (*count > 0) return {};
    if (in_member_) {
      return file_error(file_->path(),
                        "the gzip data ends in the middle; get the whole file and replay it again");
    }
    at_end_ = true;
    return {};
  }

  Result<std::size_t> expand(std::span<char> into) {
    if (!in_member_) {
      // Padding with zeros after the last member is what tar and tapes leave; gzip ignores it too.
      if (*stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
        return std::size_t{0};
      }
      in_member_ = true;
      ::inflateReset(&stream_);
    }
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    if (damaged_) return damage();
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    const std::size_t count = into.size() - stream_.avail_out;
    if (status == Z_STREAM_END) {
      in_member_ = false;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      damaged_ = true;  // what lies before the damage is given first
      if (count == 0) return damage();
    }
    return count;
  }

  [[nodiscard]] Error damage() const {
    return file_error(file_->path(),
                      fmt::format("the gzip data is damaged ({}); get the file again and replay it",
                                  stream_.msg == nullptr ? "unknown" : stream_.msg));
  }

  std::unique_ptr<File> file_;
  std::vector<char> input_;
  z_stream stream_{};
  bool ready_ = false;
  bool in_member_ = false;
  bool damaged_ = false;
  bool at_end_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  // O_NONBLOCK: opening a FIFO must not hang; it has no effect on regular files.
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return file_error(name, fmt::format("cannot be opened: {}", system_reason(errno)));
  }
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  auto file = std::make_unique<File>(
      name, descriptor,
      known && status.st_size > 0 ? static_cast<std::uint64_t>(status.st_size) : 0);
  if (known && S_ISDIR(status.st_mode)) {
    return file_error(name, "is a directory; name the log files in it");
  }
  if (!known || !S_ISREG(status.st_mode)) return file_error(name, "is not a regular file");

  char magic[2] = {};
  auto count = file->read(magic);
  if (!count) return count.error();
  const bool gzip = *count == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
  if (auto rewound = file->rewind(); !rewound) return rewound.error();
  std::unique_ptr<ByteSource> source;
  if (gzip) {
    source = std::make_unique<GzipSource>(std::move(file));
  } else {
    source = std::make_unique<PlainSource>(std::move(file));
  }
  return source;
}

}  // namespace mgc::producer
