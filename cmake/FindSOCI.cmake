# SOCI 4.0.3 as packaged by Debian has neither a CMake config nor a pkg-config file.
# Defines SOCI::core, SOCI::sqlite3 and SOCI::postgresql.
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
find_library(SOCI_sqlite3_LIBRARY soci_sqlite3)
find_library(SOCI_postgresql_LIBRARY soci_postgresql)
if(SOCI_INCLUDE_DIR)
  file(STRINGS ${SOCI_INCLUDE_DIR}/soci/version.h _soci_version REGEX "SOCI_LIB_VERSION \"")
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)_?([0-9]*)\".*" "\\1.\\2"
         SOCI_VERSION "${_soci_version}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI
  REQUIRED_VARS SOCI_core_LIBRARY SOCI_sqlite3_LIBRARY SOCI_postgresql_LIBRARY SOCI_INCLUDE_DIR
  VERSION_VAR SOCI_VERSION
  REASON_FAILURE_MESSAGE "install libsoci-dev")
if(SOCI_FOUND)
  foreach(part core sqlite3 postgresql)
    if(NOT TARGET SOCI::${part})
      add_library(SOCI::${part} UNKNOWN IMPORTED)
      set_target_properties(SOCI::${part} PROPERTIES
        IMPORTED_LOCATION ${SOCI_${part}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR};${SOCI_INCLUDE_DIR}/soci")
    endif()
  endforeach()
  target_link_libraries(SOCI::sqlite3 INTERFACE SOCI::core)
  target_link_libraries(SOCI::postgresql INTERFACE SOCI::core)
endif()
