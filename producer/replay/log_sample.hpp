#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "producer/replay/log_format.hpp"

namespace mgc::producer {

/// The first lines of a log, read once before the replay to find out what it is.
struct LogSample {
  std::vector<std::string> lines;  ///< UTF-8, at most 200 non-empty ones and 1 MiB
};

/// @errors stop  as ByteSource, or: binary, or UTF-16. A gzip file that is damaged behind some
///               lines is no error here.
[[nodiscard]] Result<LogSample> read_sample(const std::filesystem::path& path);

/// The format that understands the most lines of the sample, at least half of them. Logs that hold
/// nothing but "[HH:MM] <nick> text" fit several: then a file named by a date is ubuntu (one day a
/// file), another one mirc (times that go back begin the next day).
/// @errors stop  no format does; the message names all of them.
[[nodiscard]] Result<LogFormat> detect_format(const LogSample& sample,
                                              const std::filesystem::path& path);

/// The first date that a line of the sample bears.
[[nodiscard]] std::optional<std::chrono::sys_days> first_date(const LogSample& sample,
                                                              LogFormat format);
/// The first channel that a line of the sample names, lower case; empty when none does.
[[nodiscard]] std::string first_channel(const LogSample& sample, LogFormat format);

/// The date in the file's name, else in its folders "YYYY/MM/DD/" (irclogs.ubuntu.com).
[[nodiscard]] std::optional<std::chrono::sys_days> date_from_path(
    const std::filesystem::path& path);

}  // namespace mgc::producer
