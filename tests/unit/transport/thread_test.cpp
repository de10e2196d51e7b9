#include "transport/thread.hpp"

#include <gtest/gtest.h>

namespace mgc::transport {
namespace {

TEST(Thread, HasTheStackThatProtonNeeds) {
  std::size_t bytes = 0;
  {
    const Thread thread(kConnectionStackBytes, [&bytes] {
      pthread_attr_t attributes;
      if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
      if (::pthread_attr_getstacksize(&attributes, &bytes) != 0) bytes = 0;
      ::pthread_attr_destroy(&attributes);
    });
  }
  EXPECT_GE(bytes, kConnectionStackBytes);
}

}  // namespace
}  // namespace mgc::transport
