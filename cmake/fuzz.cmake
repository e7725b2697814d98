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
  elseif(name STREQUAL "transfer")
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/transfer/format.cpp)
  elseif(name STREQUAL "iperf3")
    find_package(nlohmann_json REQUIRED)
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/bench/iperf3/message.cpp
      ${PROJECT_SOURCE_DIR}/tool/bench/iperf3/text.cpp)
    target_link_libraries(fuzz-${name} PRIVATE nlohmann_json::nlohmann_json)
  elseif(name STREQUAL "recording")
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/recording/format.cpp
      ${PROJECT_SOURCE_DIR}/tool/recording/reader.cpp ${PROJECT_SOURCE_DIR}/tool/recording/crc32.cpp
      ${PROJECT_SOURCE_DIR}/tool/recording/export.cpp ${PROJECT_SOURCE_DIR}/tool/recording/packet.cpp
      ${PROJECT_SOURCE_DIR}/tool/recording/pcapng.cpp ${PROJECT_SOURCE_DIR}/tool/evidence/ending.cpp
      ${PROJECT_SOURCE_DIR}/tool/files/replacement.cpp ${PROJECT_SOURCE_DIR}/tool/files/file.cpp
      ${PROJECT_SOURCE_DIR}/tool/text.cpp)
  elseif(name STREQUAL "fault")
    target_include_directories(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool)
    target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tool/fault/plan.cpp
      ${PROJECT_SOURCE_DIR}/tool/fault/decisions.cpp ${PROJECT_SOURCE_DIR}/tool/suggest.cpp)
  endif()
  list(APPEND fuzz_names ${name})
endforeach()
list(JOIN fuzz_names "\n" fuzz_lines)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/fuzzers.txt CONTENT "${fuzz_lines}\n")
