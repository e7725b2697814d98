# SPDX-License-Identifier: MIT
# The tool: one executable that carries the library within itself.

find_package(CLI11 REQUIRED)
file(GLOB_RECURSE tool_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tool/*.cpp)
add_executable(fairlead_tool ${tool_sources})
fairlead_flags(fairlead_tool)
set_target_properties(fairlead_tool PROPERTIES OUTPUT_NAME fairlead)
target_include_directories(fairlead_tool PRIVATE ${PROJECT_SOURCE_DIR}/tool)
target_link_libraries(fairlead_tool PRIVATE fairlead_static CLI11::CLI11)
