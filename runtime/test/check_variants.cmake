# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds and runs the runtime's tests as shipped, under the sanitizers, and in the form that other
# systems than Linux get. Arguments: SOURCE_DIR, BUILD_DIR, GENERATOR, COMPILER.
set(variants release address thread portable)
set(options_release -DCMAKE_BUILD_TYPE=Release)
set(options_address -DCMAKE_BUILD_TYPE=Debug "-DTW_RUNTIME_SANITIZE=address,undefined")
set(options_thread -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTW_RUNTIME_SANITIZE=thread)
set(options_portable ${options_thread} -DTW_RUNTIME_PORTABLE=ON)

function(run_step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${output}\nfailed: ${command}")
  endif()
endfunction()

foreach(variant IN LISTS variants)
  set(build "${BUILD_DIR}/${variant}")
  run_step(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${build} -G ${GENERATOR}
           -DCMAKE_C_COMPILER=${COMPILER} -DTW_RUNTIME_TESTS=ON ${options_${variant}})
  run_step(${CMAKE_COMMAND} --build ${build} --parallel 2)
  run_step(${CMAKE_CTEST_COMMAND} --test-dir ${build} --output-on-failure --timeout 60)
  message(STATUS "runtime tests pass: ${variant}")
endforeach()
