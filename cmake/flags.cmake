# SPDX-License-Identifier: MIT
# fairlead_flags(TARGET): the language, warnings and instrumentation of everything that we compile.

set(fairlead_instrumentation "")
if(FAIRLEAD_SANITIZE)
  list(APPEND fairlead_instrumentation
    -fsanitize=${FAIRLEAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(FAIRLEAD_SANITIZE MATCHES "undefined")
    # It looks whether memory is readable by means of pipe(2), and accuses the innocent where descriptors have run
    # out, which is what many tests arrange.
    list(APPEND fairlead_instrumentation -fno-sanitize=vptr)
  endif()
endif()
if(FAIRLEAD_COVERAGE)
  list(APPEND fairlead_instrumentation --coverage -fprofile-abs-path -fprofile-update=atomic)
endif()

# A coroutine that ends resumes the one that awaits it by a tail call. g++ makes it one at -O2 only; without
# it, a loop of a million immediate co_awaits overflows the stack of a debug build. Users need it as well.
set(fairlead_tail_calls $<$<CXX_COMPILER_ID:GNU>:-foptimize-sibling-calls>)

# Where files are compiled together (CMAKE_UNITY_BUILD, as the sanitizers' presets do, since most of a file's time is
# for what it includes), their unnamed namespaces are one. These are families in which each has its own `machine` or
# `talk`, or, as in commands, all the other namespaces meet; they stay alone. So must others whose names collide,
# unless it turns out that both define the same.
function(fairlead_compiled_alone)
  set(files ${ARGN})
  list(FILTER files INCLUDE REGEX "/(tool/(command|demo|manual)|test/(address|examples|proxy|tool))/")
  set_source_files_properties(${files} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

function(fairlead_flags target)
  target_compile_features(${target} PRIVATE cxx_std_23)
  # Without GNU extensions: they would make `unix` a macro, which is a namespace here.
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_STANDARD_REQUIRED ON)
  target_compile_options(${target} PRIVATE
    ${fairlead_tail_calls}
    -Wall -Wextra -Wpedantic -Wconversion
    $<$<NOT:$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wshadow>  # names of one file do not shadow those of another
    $<$<BOOL:${FAIRLEAD_WERROR}>:-Werror>
    ${fairlead_instrumentation})
  target_link_options(${target} PRIVATE ${fairlead_instrumentation})
endfunction()
