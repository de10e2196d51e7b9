#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>

namespace mgc::audit {

enum class LineEnd : std::uint8_t {
  whole,   ///< a line, whose end is taken and not kept
  none,    ///< nothing is left
  cut,     ///< the end of the file, or `bytes_max`, came before the end of the line
  failed,  ///< cannot be read
};

/// Reads a line of a file of somebody else into `line`, of which little more than `bytes_max` is
/// ever in memory.
[[nodiscard]] LineEnd read_line(std::istream& in, std::string& line, std::size_t bytes_max);

}  // namespace mgc::audit
