# mgc_module(NAME SOURCES file... LINK public... LINK_PRIVATE private...)
# One static library and one alias mgc::NAME per folder. Public links carry the dependency rule.
function(mgc_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(mgc_${name} STATIC ${arg_SOURCES})
  add_library(mgc::${name} ALIAS mgc_${name})
  target_include_directories(mgc_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(mgc_${name}
    PUBLIC ${arg_LINK}
    PRIVATE $<BUILD_INTERFACE:mgc_flags> ${arg_LINK_PRIVATE})
  target_compile_features(mgc_${name} PUBLIC cxx_std_20)
  set_target_properties(mgc_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
