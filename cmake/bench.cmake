# SPDX-License-Identifier: MIT
# Every file in bench/ is a program on fairlead. They are built by the target `benchmarks` only.

add_custom_target(benchmarks)

file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
foreach(source IN LISTS bench_sources)
  cmake_path(GET source STEM name)
  add_executable(bench-${name} EXCLUDE_FROM_ALL ${source})
  fairlead_flags(bench-${name})
  target_link_libraries(bench-${name} PRIVATE fairlead_static)
  add_dependencies(benchmarks bench-${name})
endforeach()

# Every file in bench/peers/ is the same program on somebody else's library. Their headers are not ours to
# keep free of warnings. Built by the target `peers`, as far as the libraries are here.
add_custom_target(peers)
pkg_check_modules(libuv QUIET IMPORTED_TARGET libuv)
find_path(ASIO_INCLUDE_DIR asio.hpp)
file(GLOB peer_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/peers/*.cpp)
foreach(source IN LISTS peer_sources)
  cmake_path(GET source STEM name)
  if((name MATCHES "asio" AND NOT ASIO_INCLUDE_DIR) OR (name MATCHES "libuv" AND NOT libuv_FOUND))
    message(STATUS "bench/peers/${name}.cpp is left out: its library is not here (scripts/setup.sh bench)")
    continue()
  endif()
  add_executable(bench-peer-${name} EXCLUDE_FROM_ALL ${source})
  target_compile_features(bench-peer-${name} PRIVATE cxx_std_20)
  target_link_libraries(bench-peer-${name} PRIVATE Threads::Threads PkgConfig::liburing PkgConfig::openssl
    $<$<BOOL:${libuv_FOUND}>:PkgConfig::libuv>)
  add_dependencies(peers bench-peer-${name})
endforeach()

# Go's programs need nothing but its own compiler, and no network: each is one file on the standard library.
find_program(GO_COMPILER go)
file(GLOB go_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/peers/*.go)
foreach(source IN LISTS go_sources)
  cmake_path(GET source STEM name)
  if(NOT GO_COMPILER)
    message(STATUS "bench/peers/${name}.go is left out: there is no Go here (scripts/setup.sh bench)")
    continue()
  endif()
  set(program ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/bench-peer-${name})
  add_custom_command(OUTPUT ${program} DEPENDS ${source}
    COMMAND ${CMAKE_COMMAND} -E env GO111MODULE=off GOCACHE=${PROJECT_BINARY_DIR}/go-cache
            ${GO_COMPILER} build -o ${program} ${source})
  add_custom_target(bench-peer-${name} DEPENDS ${program})
  add_dependencies(peers bench-peer-${name})
endforeach()

# Every file in bench/clients/ drives and measures servers, ours and the peers' alike, with system calls alone.
file(GLOB client_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/clients/*.cpp)
foreach(source IN LISTS client_sources)
  cmake_path(GET source STEM name)
  add_executable(bench-client-${name} EXCLUDE_FROM_ALL ${source})
  target_compile_features(bench-client-${name} PRIVATE cxx_std_20)
  target_compile_options(bench-client-${name} PRIVATE -Wall -Wextra)
  if(name MATCHES "^tls_")
    target_link_libraries(bench-client-${name} PRIVATE PkgConfig::openssl)
  endif()
  add_dependencies(benchmarks bench-client-${name})
endforeach()
