# SPDX-License-Identifier: MIT
# Every file in test/fuzz/ is a libFuzzer target.

file(GLOB fuzz_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/fuzz/*.cpp)
set(fuzz_names "")
foreach(source IN LISTS fuzz_sources)
  cmake_path(GET source STEM name)
  add_executable(fuzz-${name} ${source})
  fairlead_flags(fuzz-${name})
  target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz-${name} PRIVATE fairlead_static)
  if(name STREQUAL "bench")  # the tool itself is not built for fuzzing; its machines over bytes are
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/bench/protocol.cpp
      ${PROJECT_SOURCE_DIR}/tool/bench/packet.cpp ${PROJECT_SOURCE_DIR}/tool/bench/arrivals.cpp)
  elseif(name STREQUAL "iperf3")
    find_package(nlohmann_json REQUIRED)
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/bench/iperf3/message.cpp
      ${PROJECT_SOURCE_DIR}/tool/bench/iperf3/text.cpp)
    target_link_libraries(fuzz-${name} PRIVATE nlohmann_json::nlohmann_json)
  endif()
  list(APPEND fuzz_names ${name})
endforeach()
list(JOIN fuzz_names "\n" fuzz_lines)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/fuzzers.txt CONTENT "${fuzz_lines}\n")
