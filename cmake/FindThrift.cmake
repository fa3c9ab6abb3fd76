# Debian's libthrift-dev brings a pkg-config file only.
#   Thrift::thrift, and Thrift::compiler where there is one
find_path(Thrift_INCLUDE_DIR thrift/Thrift.h)
find_library(Thrift_LIBRARY thrift)
find_program(Thrift_COMPILER thrift)
if(Thrift_INCLUDE_DIR)
  file(STRINGS ${Thrift_INCLUDE_DIR}/thrift/config.h line REGEX "define PACKAGE_VERSION ")
  string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" Thrift_VERSION "${line}")
endif()
set(Thrift_compiler_FOUND FALSE)
if(Thrift_COMPILER)
  set(Thrift_compiler_FOUND TRUE)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Thrift REQUIRED_VARS Thrift_LIBRARY Thrift_INCLUDE_DIR
  VERSION_VAR Thrift_VERSION HANDLE_COMPONENTS)

if(Thrift_FOUND AND NOT TARGET Thrift::thrift)
  add_library(Thrift::thrift UNKNOWN IMPORTED)
  set_target_properties(Thrift::thrift PROPERTIES IMPORTED_LOCATION ${Thrift_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Thrift_INCLUDE_DIR})
endif()
if(Thrift_compiler_FOUND AND NOT TARGET Thrift::compiler)
  add_executable(Thrift::compiler IMPORTED)
  set_target_properties(Thrift::compiler PROPERTIES IMPORTED_LOCATION ${Thrift_COMPILER})
endif()
