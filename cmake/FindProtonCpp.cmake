# Debian 12 ships Proton without a CMake config, and its pkg-config file requires two .pc files
# that no package has; so the header and the library are looked for here.
# Defines Proton::cpp, upstream's own name for the target.
find_path(ProtonCpp_INCLUDE_DIR proton/container.hpp)
find_library(ProtonCpp_LIBRARY qpid-proton-cpp)
# The C library that the C++ one wraps, for what only it can do. By its soname, because Debian has
# no link for the linker; libqpid-proton.so is another copy, which must not come beside it.
find_library(ProtonCpp_CORE_LIBRARY NAMES libqpid-proton-core.so.10)
if(ProtonCpp_INCLUDE_DIR)
  file(STRINGS ${ProtonCpp_INCLUDE_DIR}/proton/version.h _version_lines
       REGEX "define PN_VERSION_(MAJOR|MINOR|POINT)")
  string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*POINT ([0-9]+).*" "\\1.\\2.\\3"
         ProtonCpp_VERSION "${_version_lines}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ProtonCpp
  REQUIRED_VARS ProtonCpp_LIBRARY ProtonCpp_CORE_LIBRARY ProtonCpp_INCLUDE_DIR
  VERSION_VAR ProtonCpp_VERSION
  REASON_FAILURE_MESSAGE "install libqpid-proton-cpp12-dev")
if(ProtonCpp_FOUND AND NOT TARGET Proton::cpp)
  add_library(Proton::cpp UNKNOWN IMPORTED)
  set_target_properties(Proton::cpp PROPERTIES
    IMPORTED_LOCATION ${ProtonCpp_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ProtonCpp_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES ${ProtonCpp_CORE_LIBRARY})
endif()
