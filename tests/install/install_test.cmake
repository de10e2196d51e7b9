# Installs, moves what was installed, and uses it from there as a user would: the program, its demo
# logs, and the library in a small program that knows nothing of this repository.
function(must_run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
must_run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${SCRATCH}/first)
file(RENAME ${SCRATCH}/first ${SCRATCH}/moved)

foreach(file bin/mgc include/mgc/publisher.hpp share/doc/mgc/LICENSE
             share/mgc/xsd/lync-xml.xsd
             share/mgc/demo/logs/2006-03-05.log share/mgc/demo/logs/LICENSE-CC-BY-4.0.txt)
  if(NOT EXISTS ${SCRATCH}/moved/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()

must_run(${SCRATCH}/moved/bin/mgc --help)
must_run(readelf --dynamic ${SCRATCH}/moved/bin/mgc)
if(output MATCHES "RPATH|RUNPATH")
  message(FATAL_ERROR "bin/mgc carries a library path:\n${output}")
endif()

must_run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/install/chat_server -B ${SCRATCH}/build -G Ninja
         -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_PREFIX_PATH=${SCRATCH}/moved)
must_run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
# No broker is there; publish() does not need one.
must_run(${SCRATCH}/build/publish_one ${SCRATCH}/chat-1.outbox amqp://127.0.0.1:1)
# Behind the watermark of its start.
if(NOT output MATCHES "recorded as sequence 2")
  message(FATAL_ERROR "publish_one said:\n${output}")
endif()
must_run(${SCRATCH}/moved/bin/mgc node status --outbox ${SCRATCH}/chat-1.outbox --json)
if(NOT output MATCHES "\"recorded\": 3")
  message(FATAL_ERROR "the event and both watermarks are not recorded:\n${output}")
endif()
