# mgc_flags carries the language level, warnings, hardening and sanitizers. Every target of the
# project links it PRIVATE, so the flags never reach a user of the installed library.
add_library(mgc_flags INTERFACE)
target_compile_features(mgc_flags INTERFACE cxx_std_20)
target_compile_options(mgc_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Both warn about code inside the standard library's own headers with g++ 12 (GCC PR105593,
  # PR105651), not about ours.
  target_compile_options(mgc_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(MGC_WERROR)
  target_compile_options(mgc_flags INTERFACE -Werror)
endif()
if(MGC_FAILPOINTS)
  target_compile_definitions(mgc_flags INTERFACE MGC_FAILPOINTS=1)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(mgc_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(MGC_SANITIZE)
  target_compile_options(mgc_flags INTERFACE -fsanitize=${MGC_SANITIZE} -fno-omit-frame-pointer)
  if(MGC_SANITIZE MATCHES "undefined")
    target_compile_options(mgc_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
  target_link_options(mgc_flags INTERFACE -fsanitize=${MGC_SANITIZE})
endif()
if(MGC_FUZZ)
  # Coverage for libFuzzer in every object; only the targets link its main(), in tests/fuzz.
  target_compile_options(mgc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
