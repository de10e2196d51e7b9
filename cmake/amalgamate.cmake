# mgc_amalgamate(OUTPUT file ROOT header) makes one header.
#
# It is ROOT (a path from the repository root) and every header of ours that it includes, each once
# and after those it needs. A user of the installed library sees one file.
#
# The same file is the script that does it, at build time: cmake -DROOT= -DOUTPUT= -DBASE= -P.
cmake_policy(VERSION 3.25)

function(mgc_amalgamate)
  cmake_parse_arguments(arg "" "OUTPUT;ROOT" "" ${ARGN})
  set(script ${PROJECT_SOURCE_DIR}/cmake/amalgamate.cmake)
  add_custom_command(
    OUTPUT ${arg_OUTPUT}
    COMMAND ${CMAKE_COMMAND} -DROOT=${arg_ROOT} -DOUTPUT=${arg_OUTPUT}
            -DBASE=${PROJECT_SOURCE_DIR} -P ${script}
    DEPENDS ${script} ${PROJECT_SOURCE_DIR}/${arg_ROOT}
    DEPFILE ${arg_OUTPUT}.d
    COMMENT "Making one header of ${arg_ROOT}"
    VERBATIM)
endfunction()

# Appends header `path` to the variables seen, system and body of the caller, after its includes.
function(mgc_append_header path)
  if(path IN_LIST seen)
    return()
  endif()
  list(APPEND seen ${path})
  file(READ ${BASE}/${path} text)
  string(REGEX MATCHALL "(^|\n)#include \"[^\"]+\"" quoted "${text}")
  foreach(line IN LISTS quoted)
    string(REGEX REPLACE ".*\"([^\"]+)\"" "\\1" included "${line}")
    mgc_append_header(${included})
  endforeach()
  string(REGEX MATCHALL "(^|\n)#include <[^>]+>" angled "${text}")
  foreach(line IN LISTS angled)
    string(STRIP "${line}" line)
    list(APPEND system "${line}")
  endforeach()
  string(REGEX REPLACE "(^|\n)#(include [<\"][^\n]*|pragma once)" "" text "${text}")
  string(STRIP "${text}" text)
  string(APPEND body "\n// ---- ${path}\n\n${text}\n")
  set(seen "${seen}" PARENT_SCOPE)
  set(system "${system}" PARENT_SCOPE)
  set(body "${body}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(seen "")
  set(system "")
  set(body "")
  mgc_append_header(${ROOT})
  list(SORT system)
  list(REMOVE_DUPLICATES system)
  list(JOIN system "\n" system)
  file(WRITE ${OUTPUT} "// Made from ${ROOT} and the headers that it includes.\n"
       "#pragma once\n\n${system}\n${body}")
  list(TRANSFORM seen PREPEND ${BASE}/)
  list(JOIN seen " " seen)
  file(WRITE ${OUTPUT}.d "${OUTPUT}: ${seen}\n")
endif()
