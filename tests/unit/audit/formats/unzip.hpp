#pragma once

#include <zip.h>

#include <map>
#include <stdexcept>
#include <string>

#include "core/bytes.hpp"

namespace mgc::test {

/// The files of a zip archive by name; throws where it is none.
inline std::map<std::string, Bytes> unzip(const Bytes& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (archive == nullptr) {
    zip_source_free(source);
    throw std::runtime_error(zip_error_strerror(&error));
  }
  std::map<std::string, Bytes> files;
  for (zip_int64_t place = 0; place < zip_get_num_entries(archive, 0); ++place) {
    zip_stat_t stat;
    zip_stat_index(archive, static_cast<zip_uint64_t>(place), 0, &stat);
    Bytes& file = files[stat.name];
    file.resize(stat.size);
    zip_file_t* in = zip_fopen_index(archive, static_cast<zip_uint64_t>(place), 0);
    zip_fread(in, file.data(), file.size());
    zip_fclose(in);
  }
  zip_discard(archive);
  return files;
}

}  // namespace mgc::test
