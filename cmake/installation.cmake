# SPDX-License-Identifier: MIT
# What `cmake --install` lays out: headers, both libraries, the tool, what find_package and pkg-config
# need, and the documents.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fairlead)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fairlead DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")

# Two sets of targets: a program that uses the shared library needs no liburing to build.
install(TARGETS fairlead_static EXPORT fairlead-static-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT fairlead-static-targets NAMESPACE fairlead:: DESTINATION ${package_dir})
if(FAIRLEAD_SHARED)
  install(TARGETS fairlead EXPORT fairlead-shared-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT fairlead-shared-targets NAMESPACE fairlead:: DESTINATION ${package_dir})
endif()
if(TARGET fairlead_tool)
  install(TARGETS fairlead_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Man pages and completions are what the tool prints, so a tool for another machine prints none here.
  if(NOT CMAKE_CROSSCOMPILING)
    add_custom_command(TARGET fairlead_tool POST_BUILD VERBATIM
      COMMAND ${CMAKE_COMMAND} -DTOOL=$<TARGET_FILE:fairlead_tool> -DINTO=${PROJECT_BINARY_DIR}/share
        -P ${PROJECT_SOURCE_DIR}/cmake/manual.cmake)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR})
  endif()
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/fairlead-config.cmake.in
  ${PROJECT_BINARY_DIR}/fairlead-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fairlead-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fairlead-config.cmake ${PROJECT_BINARY_DIR}/fairlead-config-version.cmake
  DESTINATION ${package_dir})

# pkg-config computes its paths from where its own file lies, so that the tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig OUTPUT_VARIABLE up_to_prefix)
foreach(name IN ITEMS fairlead fairlead-static)
  if(name STREQUAL fairlead AND NOT FAIRLEAD_SHARED)
    continue()
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

foreach(document IN ITEMS LICENSE README.md CHANGELOG.md)
  install(FILES ${PROJECT_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
endforeach()
# As they lie in the source tree, so that their links lead somewhere.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  OPTIONAL FILES_MATCHING PATTERN "*.md" PATTERN "*.cpp")
