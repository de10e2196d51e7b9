#include "audit/formats/zip.hpp"

#include <zip.h>

#include <memory>

#include "core/assert.hpp"

namespace mgc::audit {
namespace {

constexpr zip_uint16_t kFirstDosDate = (1U << 5U) | 1U;  // year - 1980, month, day

struct Free {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Source = std::unique_ptr<zip_source_t, Free>;

// Into memory, nothing fails but for want of it.
void check(bool done) { MGC_ASSERT(done); }

void add(zip_t* archive, const OutputFile& file) {
  zip_source_t* const bytes =
      zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0 /* not to be freed */);
  check(bytes != nullptr);
  const zip_int64_t place = zip_file_add(archive, file.name.c_str(), bytes, ZIP_FL_ENC_UTF_8);
  check(place >= 0);
  const auto index = static_cast<zip_uint64_t>(place);
  check(zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, 9) == 0);
  check(zip_file_set_dostime(archive, index, 0, kFirstDosDate, 0) == 0);
}

Bytes all_of(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  check(zip_source_stat(source, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) != 0);
  Bytes bytes(stat.size, '\0');
  check(zip_source_open(source) == 0);
  const zip_int64_t read = zip_source_read(source, bytes.data(), bytes.size());
  check(read >= 0 && static_cast<zip_uint64_t>(read) == bytes.size());
  check(zip_source_close(source) == 0);
  return bytes;
}

}  // namespace

Bytes zip_of(const std::vector<OutputFile>& files) {
  zip_error_t error;
  zip_error_init(&error);
  const Source out(zip_source_buffer_create(nullptr, 0, 0, &error));
  check(out != nullptr);
  zip_t* const archive = zip_open_from_source(out.get(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  check(archive != nullptr);
  zip_source_keep(out.get());  // zip_close() lets go of one of the two
  for (const OutputFile& file : files) add(archive, file);
  check(zip_close(archive) == 0);
  return all_of(out.get());
}

}  // namespace mgc::audit
