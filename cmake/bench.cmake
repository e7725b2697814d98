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
  target_link_libraries(bench-peer-${name} PRIVATE Threads::Threads PkgConfig::liburing
    $<$<BOOL:${libuv_FOUND}>:PkgConfig::libuv>)
  add_dependencies(peers bench-peer-${name})
endforeach()
