# SPDX-License-Identifier: MIT
# The library: every source is compiled once, position-independent and with hidden symbols, and the
# objects go into both the shared and the static library.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET GLOBAL liburing>=2.3)
pkg_check_modules(libcares REQUIRED IMPORTED_TARGET GLOBAL libcares>=1.18)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET GLOBAL openssl>=3.0)
set(fairlead_private_libraries PkgConfig::liburing PkgConfig::libcares PkgConfig::openssl)

file(GLOB_RECURSE library_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.cpp)

add_library(fairlead_objects OBJECT ${library_sources})
fairlead_flags(fairlead_objects)
set_target_properties(fairlead_objects PROPERTIES
  POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
# The running loop is a thread-local that every operation looks at: one instruction, not a call.
# g++ would pack two pointers into a vector register to store them at once, by twice the instructions.
target_compile_options(fairlead_objects PRIVATE
  -ftls-model=initial-exec $<$<CXX_COMPILER_ID:GNU>:-fno-tree-slp-vectorize>)
if(FAIRLEAD_FUZZ)
  # What the fuzzer is to find its way through.
  target_compile_options(fairlead_objects PRIVATE -fsanitize=fuzzer-no-link)
endif()
target_include_directories(fairlead_objects
  PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(fairlead_objects PRIVATE ${fairlead_private_libraries} Threads::Threads)

function(fairlead_library target type)
  add_library(${target} ${type} $<TARGET_OBJECTS:fairlead_objects>)
  target_compile_features(${target} INTERFACE cxx_std_23)
  target_compile_options(${target} INTERFACE ${fairlead_tail_calls})
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_link_libraries(${target} PRIVATE ${fairlead_private_libraries} PUBLIC Threads::Threads)
  target_link_options(${target} PRIVATE ${fairlead_instrumentation})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME fairlead LINKER_LANGUAGE CXX)
endfunction()

fairlead_library(fairlead_static STATIC)
target_compile_definitions(fairlead_static INTERFACE FAIRLEAD_STATIC)
set_target_properties(fairlead_static PROPERTIES EXPORT_NAME static)
add_library(fairlead::static ALIAS fairlead_static)

if(FAIRLEAD_SHARED)
  fairlead_library(fairlead SHARED)
  # Before 1.0 every minor version may change the binary interface, so it is part of the soname.
  set_target_properties(fairlead PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_options(fairlead PRIVATE -Wl,--no-undefined)
  add_library(fairlead::fairlead ALIAS fairlead)
endif()
