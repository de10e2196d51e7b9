#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::audit {

struct ApartLimits {
  std::chrono::seconds time{60};
  std::size_t memory_bytes = std::size_t{1} << 30;  ///< beyond what this process has
  std::size_t answer_bytes = std::size_t{1} << 28;
};

/// Runs `work` in a child process and gives what it returns. For what somebody else programmed and
/// no library can bound: the child is ended when it takes too long, gets no more memory than it
/// may, writes no file, and its crash is an error here. It ends without running any destructor.
///
/// `work` starts no thread and takes no lock that another thread may hold.
///
/// @errors stop   a limit, or a crash; the message says which. As `work`.
///         retry  the system has no process or pipe to spare.
[[nodiscard]] Result<Bytes> run_apart(const ApartLimits& limits,
                                      const std::function<Result<Bytes>()>& work);

}  // namespace mgc::audit
