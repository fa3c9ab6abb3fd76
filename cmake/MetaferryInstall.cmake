# What `cmake --install` puts where. Two components: `program` is for who runs metaferry,
# `development` for who builds on it.
include(CMakePackageConfigHelpers)

set(manual ${PROJECT_BINARY_DIR}/manual)  # what migrate/cli makes
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/metaferry)

install(TARGETS metaferry RUNTIME COMPONENT program)
install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT program)
install(FILES ${manual}/bash/metaferry
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
# Debian's zsh looks for what packages bring in a folder of its own.
install(CODE "
  set(folder site-functions)
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\" AND EXISTS /etc/debian_version)
    set(folder vendor-completions)
  endif()
  file(INSTALL \"${manual}/zsh/_metaferry\" DESTINATION
    \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\")"
  COMPONENT program)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program
  FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN examples EXCLUDE PATTERN assets EXCLUDE)
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT program
  PATTERN build EXCLUDE)

# The rooms that the public headers are about, and what these stand on.
install(TARGETS metaferry_common metaferry_files metaferry_model metaferry_job metaferry_rules
  metaferry_connectors metaferry_hive_metastore
  EXPORT metaferryTargets ARCHIVE COMPONENT development INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT metaferryTargets NAMESPACE metaferry:: DESTINATION ${config_dir} COMPONENT development)
install(DIRECTORY include/metaferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
configure_package_config_file(cmake/metaferryConfig.cmake.in metaferryConfig.cmake
  INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(metaferryConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/metaferryConfig.cmake
  ${PROJECT_BINARY_DIR}/metaferryConfigVersion.cmake cmake/FindPqxx.cmake cmake/FindSOCI.cmake cmake/FindThrift.cmake
  DESTINATION ${config_dir} COMPONENT development)
