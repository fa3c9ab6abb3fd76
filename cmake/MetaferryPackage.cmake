# Debian packages and their bill of materials: cpack --preset release. Two builds of one source give
# equal packages.
# A program with sanitizers is not for others, and without dpkg nobody knows what the packages need.
find_program(DPKG_QUERY dpkg-query)
if(METAFERRY_SANITIZE OR NOT DPKG_QUERY)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME metaferry)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "metaferry project <maintainers@metaferry.invalid>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_THREADS 0)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME metaferry)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION database)
# Whom to trust when a log goes to an object store.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "metaferry takes the metadata of a Hive metastore (databases, functions,
tables, partitions) to another catalog, and shows every change before it
makes it. Every object is accounted for, a second run changes nothing, and
nothing is ever deleted.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmetaferry-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# What metaferryConfig.cmake asks for.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libboost-dev, libexpected-dev, libfmt-dev, \
libmariadb-dev, libpq-dev, libpqxx-dev, libsoci-dev, libsqlite3-dev, libssl-dev, \
libthrift-dev, libzstd-dev, nlohmann-json3-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Sources, targets, location rules and the canonical form of metaferry for
programs of your own: C++ headers, static libraries and a CMake package.")

# Debian wants a changelog and a machine-readable copyright file.
foreach(file copyright changelog)
  configure_file(cmake/debian/${file}.in ${PROJECT_BINARY_DIR}/debian/${file} @ONLY)
endforeach()
execute_process(COMMAND gzip --no-name --best --force --keep ${PROJECT_BINARY_DIR}/debian/changelog
  COMMAND_ERROR_IS_FATAL ANY)
foreach(pair program:metaferry development:libmetaferry-dev)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES ${PROJECT_BINARY_DIR}/debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
    COMPONENT ${component})
  install(FILES ${PROJECT_BINARY_DIR}/debian/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} RENAME changelog.Debian.gz COMPONENT ${component})
endforeach()

# What the program is made of, as CycloneDX, beside the packages and in the first of them.
set(sbom ${CPACK_PACKAGE_DIRECTORY}/metaferry.cdx.json)
add_custom_command(OUTPUT ${sbom}
  COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:metaferry>
    -DARCHITECTURE=${CMAKE_LIBRARY_ARCHITECTURE} -DVERSION=${PROJECT_VERSION}
    -DEPOCH=${METAFERRY_EPOCH} -DOUTPUT=${sbom} -P ${PROJECT_SOURCE_DIR}/cmake/sbom.cmake
  DEPENDS metaferry cmake/sbom.cmake VERBATIM)
add_custom_target(metaferry_sbom ALL DEPENDS ${sbom})
install(FILES ${sbom} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# Packed files get the time of the version, not that of the build. cpack's own files follow the
# user's mask, so there is but one mask.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/PackageSettings.cmake @ONLY CONTENT [=[
set(ENV{SOURCE_DATE_EPOCH} @METAFERRY_EPOCH@)
execute_process(COMMAND sh -c umask OUTPUT_VARIABLE mask OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT mask MATCHES "^0*22$")
  message(FATAL_ERROR "The folders of a package must be open to all: call umask 022, then cpack.")
endif()
]=])
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/PackageSettings.cmake)
include(CPack)
