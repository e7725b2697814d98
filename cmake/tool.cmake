# SPDX-License-Identifier: MIT
# The tool: one executable that carries the library within itself. All of it but main() is a library, so that
# tests and fuzzers reach the machines in it.

find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
file(GLOB_RECURSE tool_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tool/*.cpp)
list(REMOVE_ITEM tool_sources ${PROJECT_SOURCE_DIR}/tool/main.cpp)
add_library(fairlead_tool_parts STATIC ${tool_sources})
fairlead_flags(fairlead_tool_parts)
target_include_directories(fairlead_tool_parts PUBLIC ${PROJECT_SOURCE_DIR}/tool)
target_link_libraries(fairlead_tool_parts PUBLIC fairlead_static PRIVATE CLI11::CLI11 nlohmann_json::nlohmann_json)
# It uses the library as a whole; without this, reading its headers takes half the time of building the tool.
target_precompile_headers(fairlead_tool_parts PRIVATE <fairlead/fairlead.hpp>)

add_executable(fairlead_tool ${PROJECT_SOURCE_DIR}/tool/main.cpp)
fairlead_flags(fairlead_tool)
set_target_properties(fairlead_tool PROPERTIES OUTPUT_NAME fairlead)
target_link_libraries(fairlead_tool PRIVATE fairlead_tool_parts)
