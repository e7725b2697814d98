# SPDX-License-Identifier: MIT
# Every file in examples/ is a program.

file(GLOB example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp)
set(fairlead_examples "")
foreach(source IN LISTS example_sources)
  cmake_path(GET source STEM name)
  add_executable(example-${name} ${source})
  fairlead_flags(example-${name})
  target_link_libraries(example-${name} PRIVATE fairlead_static)
  list(APPEND fairlead_examples example-${name})
endforeach()
