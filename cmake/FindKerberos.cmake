# Debian's libkrb5-dev brings pkg-config files only, and MIT's is not the only Kerberos.
#   Kerberos::gssapi   MIT's GSSAPI and libkrb5, which it stands on
find_path(Kerberos_INCLUDE_DIR gssapi/gssapi_krb5.h)
find_library(Kerberos_GSSAPI_LIBRARY gssapi_krb5)
find_library(Kerberos_LIBRARY krb5)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Kerberos
  REQUIRED_VARS Kerberos_GSSAPI_LIBRARY Kerberos_LIBRARY Kerberos_INCLUDE_DIR)

if(Kerberos_FOUND AND NOT TARGET Kerberos::gssapi)
  add_library(Kerberos::gssapi UNKNOWN IMPORTED)
  set_target_properties(Kerberos::gssapi PROPERTIES IMPORTED_LOCATION ${Kerberos_GSSAPI_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Kerberos_INCLUDE_DIR})
  target_link_libraries(Kerberos::gssapi INTERFACE ${Kerberos_LIBRARY})
endif()
