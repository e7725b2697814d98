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
fairlead_compiled_alone(${tool_sources})

add_executable(fairlead_tool ${PROJECT_SOURCE_DIR}/tool/main.cpp)
fairlead_flags(fairlead_tool)
set_target_properties(fairlead_tool PROPERTIES OUTPUT_NAME fairlead)
target_link_libraries(fairlead_tool PRIVATE fairlead_tool_parts)

# A tool of the shell starts often and does little, and most of its start is the loading of libraries: libcrypto and
# libstdc++ above all, but each of the small ones is opened, mapped and searched, too. With those inside, a connection
# has its first byte in 1.4 of the time of nc, not 2.4 (bench/start.sh). Packages that want the system's libraries turn
# this off; a sanitizer has its own.
option(FAIRLEAD_TOOL_SELF_CONTAINED "Put what it is linked with into the tool, where there are static libraries" ON)
if(FAIRLEAD_TOOL_SELF_CONTAINED AND NOT FAIRLEAD_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  find_library(static_ssl libssl.a HINTS ${openssl_LIBRARY_DIRS})
  find_library(static_crypto libcrypto.a HINTS ${openssl_LIBRARY_DIRS})
  if(static_ssl AND static_crypto)
    # In this order: what the library wants of them is found here, and the shared ones are left out.
    target_link_libraries(fairlead_tool PRIVATE fairlead_static -Wl,--as-needed ${static_ssl} ${static_crypto}
      ${CMAKE_DL_LIBS})
    foreach(name IN ITEMS uring cares)
      find_library(static_${name} lib${name}.a)
      if(static_${name})
        target_link_libraries(fairlead_tool PRIVATE ${static_${name}})
      endif()
    endforeach()
    target_link_options(fairlead_tool PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endif()
