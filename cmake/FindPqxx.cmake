# Debian's libpqxx-dev brings a pkg-config file only.
#   Pqxx::pqxx
find_path(Pqxx_INCLUDE_DIR pqxx/pqxx)
find_library(Pqxx_LIBRARY pqxx)
if(Pqxx_INCLUDE_DIR)
  file(STRINGS ${Pqxx_INCLUDE_DIR}/pqxx/version.hxx line REGEX "define PQXX_VERSION ")
  string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" Pqxx_VERSION "${line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Pqxx REQUIRED_VARS Pqxx_LIBRARY Pqxx_INCLUDE_DIR
  VERSION_VAR Pqxx_VERSION)

if(Pqxx_FOUND AND NOT TARGET Pqxx::pqxx)
  add_library(Pqxx::pqxx UNKNOWN IMPORTED)
  set_target_properties(Pqxx::pqxx PROPERTIES IMPORTED_LOCATION ${Pqxx_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Pqxx_INCLUDE_DIR})
  target_link_libraries(Pqxx::pqxx INTERFACE ${PQ_LIBRARY})
endif()
