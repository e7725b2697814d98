# SPDX-License-Identifier: MIT
# Every directory of test/ that holds C++ is one test program, but for those with a meaning of their own:
# support (what tests share), compile (what must not compile), fuzz and package.

find_package(GTest REQUIRED)

# What tests share: the sources in test/support, the paths they need, and one precompiled header.
file(GLOB_RECURSE support_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/support/*.cpp)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test-support.cpp CONTENT "// So that the library is never empty.\n")

# Compiled a little less well than the library, which halves the time for them.
separate_arguments(test_flags UNIX_COMMAND "${FAIRLEAD_TEST_FLAGS}")

add_library(fairlead_test_support STATIC ${PROJECT_BINARY_DIR}/test-support.cpp ${support_sources})
fairlead_flags(fairlead_test_support)
target_compile_options(fairlead_test_support PUBLIC ${test_flags})
target_include_directories(fairlead_test_support PUBLIC ${PROJECT_SOURCE_DIR}/test ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(fairlead_test_support PUBLIC fairlead_static PkgConfig::liburing PkgConfig::openssl GTest::gtest)
target_compile_definitions(fairlead_test_support PUBLIC
  FAIRLEAD_TOOL="${PROJECT_BINARY_DIR}/bin/fairlead"
  FAIRLEAD_EXAMPLES_DIR="${PROJECT_BINARY_DIR}/bin"
  FAIRLEAD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_precompile_headers(fairlead_test_support PRIVATE <gtest/gtest.h>)
if(EXISTS ${PROJECT_SOURCE_DIR}/include/fairlead/fairlead.hpp)
  target_precompile_headers(fairlead_test_support PRIVATE <fairlead/fairlead.hpp>)
endif()

file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/*.cpp)
fairlead_compiled_alone(${test_sources})
set(test_directories "")
foreach(source IN LISTS test_sources)
  cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/test OUTPUT_VARIABLE relative)
  if(relative MATCHES "^([^/]+)/")
    set(directory ${CMAKE_MATCH_1})
    if(NOT directory MATCHES "^(support|compile|fuzz|package)$")
      list(APPEND test_directories ${directory})
      list(APPEND test_sources_${directory} ${source})
    endif()
  endif()
endforeach()
list(REMOVE_DUPLICATES test_directories)

# The thread sanitizer looks for what two threads do to each other, and most commands of the tool have one thread: of
# those it gets no tests. It builds and runs the tests of measuring, of the demo and of transfers, which have more.
if(FAIRLEAD_SANITIZE MATCHES "thread")
  list(FILTER test_sources_tool INCLUDE REGEX "/test/tool/(bench|demo|histogram|iperf3|running|transfers|transferring)")
endif()

# Most suites take the backend as a parameter of their tests, or use no loop. Those that start our programs
# cannot: they run on the backend that the machine prefers, and once more on epoll, which every machine has.
set(suites_of_programs tool examples demo)

set(suites "")
foreach(directory IN LISTS test_directories)
  set(target fairlead-test-${directory})
  add_executable(${target} ${test_sources_${directory}})
  fairlead_flags(${target})
  target_link_libraries(${target} PRIVATE fairlead_test_support GTest::gtest_main)
  if(directory STREQUAL "tool" AND TARGET fairlead_tool_parts)
    target_link_libraries(${target} PRIVATE fairlead_tool_parts)
  endif()
  target_precompile_headers(${target} REUSE_FROM fairlead_test_support)
  add_test(NAME ${directory} COMMAND ${target})
  set(runs_of_suite ${directory})
  if(directory IN_LIST suites_of_programs)
    foreach(program IN ITEMS fairlead_tool ${fairlead_examples})
      if(TARGET ${program})
        add_dependencies(${target} ${program})
      endif()
    endforeach()
    add_test(NAME ${directory}-epoll COMMAND ${target})
    set_tests_properties(${directory}-epoll PROPERTIES ENVIRONMENT FAIRLEAD_BACKEND=epoll)
    # What opens no connection, or would only be killed once more, is not asked a second time.
    set(once "")
    if(directory STREQUAL "tool")
      set(once " -Of/Completion*:Manual*:Export*:Habits*:Seed/Killed*:Task/Cookbook*:Pairs/BesideOthers*:FaultDecisions*:FaultDice*:FaultPlan*:Histogram*")
    endif()
    list(APPEND runs_of_suite "${directory} epoll${once}")
  endif()
  # Under a sanitizer the tool is slow: it runs once, in two halves, and what a backend does is for the tests of the
  # library, which have both.
  if(FAIRLEAD_SANITIZE AND directory STREQUAL "tool")
    set(runs_of_suite ${directory}/2)
  endif()
  # The longest come first, so that the others fill the time in which one processor would wait.
  if(directory STREQUAL "tool")
    list(PREPEND suites ${runs_of_suite})
  else()
    list(APPEND suites ${runs_of_suite})
  endif()
endforeach()

# The runner reads this list (suite, backend to force, filter of its tests): a program whose directory is gone must not run again.
list(JOIN suites "\n" suite_lines)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/suites.txt CONTENT "${suite_lines}\n")
