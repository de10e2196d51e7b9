# What `cmake --install` puts where. The installed tree can be moved: bin/mgc looks for
# ../share/mgc/demo/logs from where it is, and so does mgcConfig.cmake for the library.
include(CMakePackageConfigHelpers)

set(mgc_demo_dir ${CMAKE_INSTALL_DATADIR}/mgc/demo)
install(DIRECTORY demo/logs DESTINATION ${mgc_demo_dir})
install(FILES demo/README.md DESTINATION ${mgc_demo_dir})
install(DIRECTORY audit/xsd DESTINATION ${CMAKE_INSTALL_DATADIR}/mgc)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The build tree has the same shape, so that the program finds the logs there in the same way.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/mgc/demo)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/demo/logs ${PROJECT_BINARY_DIR}/share/mgc/demo/logs SYMBOLIC)

install(TARGETS mgc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The library for chat servers: one header, one archive of all that it needs from this project, one
# CMake package. Objects of the archive that need more (db) are not part of it.
set(header ${PROJECT_BINARY_DIR}/include/mgc/publisher.hpp)
mgc_amalgamate(OUTPUT ${header} ROOT producer/publisher.hpp)
add_custom_target(mgc_publisher_header ALL DEPENDS ${header})
add_library(mgc_publisher STATIC
  $<TARGET_OBJECTS:mgc_core> $<TARGET_OBJECTS:mgc_proto> $<TARGET_OBJECTS:mgc_schema>
  $<TARGET_OBJECTS:mgc_spool> $<TARGET_OBJECTS:mgc_transport> $<TARGET_OBJECTS:mgc_producer>)
set_target_properties(mgc_publisher PROPERTIES LINKER_LANGUAGE CXX)
install(TARGETS mgc_publisher ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mgc)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mgc)
configure_package_config_file(cmake/mgcConfig.cmake.in ${PROJECT_BINARY_DIR}/mgcConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mgcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mgcConfig.cmake ${PROJECT_BINARY_DIR}/mgcConfigVersion.cmake
              cmake/FindProtonCpp.cmake
        DESTINATION ${package_dir})
