#pragma once

#include <proton/delivery.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>

namespace mgc::transport {

/// What an object of Proton's C++ binding wraps. The binding has no call for taking a message in
/// pieces or for saying why one is rejected; its C library, in the same shared object, has.
template <typename Wrapper>
struct Unwrap : Wrapper {
  static auto* of(const Wrapper& wrapper) { return (wrapper.*(&Unwrap::pn_object))(); }
};

}  // namespace mgc::transport
