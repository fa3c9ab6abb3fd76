# Debian's libsoci-dev brings neither a CMake config nor a pkg-config file.
#   SOCI::core, SOCI::mysql, SOCI::postgresql, SOCI::sqlite3
find_path(SOCI_INCLUDE_DIR soci/soci.h)
set(SOCI_LIBRARIES_FOUND TRUE)
foreach(part core mysql postgresql sqlite3)
  find_library(SOCI_${part}_LIBRARY soci_${part})
  if(NOT SOCI_${part}_LIBRARY)
    set(SOCI_LIBRARIES_FOUND FALSE)
  endif()
endforeach()
find_path(MARIADB_INCLUDE_DIR mysql.h PATH_SUFFIXES mariadb)
find_path(PQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql)
find_library(MARIADB_LIBRARY mariadb)
find_library(PQ_LIBRARY pq)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_INCLUDE_DIR SOCI_LIBRARIES_FOUND
  MARIADB_INCLUDE_DIR PQ_INCLUDE_DIR MARIADB_LIBRARY PQ_LIBRARY)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  foreach(part core mysql postgresql sqlite3)
    add_library(SOCI::${part} UNKNOWN IMPORTED)
    set_target_properties(SOCI::${part} PROPERTIES IMPORTED_LOCATION ${SOCI_${part}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${SOCI_INCLUDE_DIR})
  endforeach()
  target_include_directories(SOCI::mysql SYSTEM INTERFACE ${MARIADB_INCLUDE_DIR})
  target_include_directories(SOCI::postgresql SYSTEM INTERFACE ${PQ_INCLUDE_DIR})
  target_link_libraries(SOCI::mysql INTERFACE SOCI::core ${MARIADB_LIBRARY})
  target_link_libraries(SOCI::postgresql INTERFACE SOCI::core ${PQ_LIBRARY})
  target_link_libraries(SOCI::sqlite3 INTERFACE SOCI::core SQLite::SQLite3)
endif()
