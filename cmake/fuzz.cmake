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
  list(APPEND fuzz_names ${name})
endforeach()
list(JOIN fuzz_names "\n" fuzz_lines)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/fuzzers.txt CONTENT "${fuzz_lines}\n")
