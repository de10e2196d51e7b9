#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mgc::producer {

/// The shapes of log that can be read; docs of each are at its reader in statement.hpp.
enum class LogFormat : std::uint8_t { auto_detect, ubuntu, mirc, irssi, weechat, jsonl };

/// All but auto_detect; on a tie auto-detection takes the earlier one.
inline constexpr std::array<LogFormat, 5> kLogFormats = {
    LogFormat::jsonl, LogFormat::weechat, LogFormat::mirc, LogFormat::irssi, LogFormat::ubuntu};

/// "auto", "ubuntu", "mirc", "irssi", "weechat", "jsonl".
[[nodiscard]] std::string_view to_string(LogFormat format);
[[nodiscard]] std::optional<LogFormat> log_format_from_name(std::string_view name);

}  // namespace mgc::producer
