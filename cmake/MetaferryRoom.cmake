# What all rooms of the house have in common: warnings, sanitizers, hardening, and the include path.
add_library(metaferry_common INTERFACE)
target_include_directories(metaferry_common INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
target_compile_options(metaferry_common INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 is wrong about the unused half of a tl::expected, and about std::string (GCC bug 105651).
  target_compile_options(metaferry_common INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
target_compile_definitions(metaferry_common INTERFACE METAFERRY_VERSION="${PROJECT_VERSION}")
target_link_options(metaferry_common INTERFACE -Wl,-z,relro,-z,now)
if(METAFERRY_SANITIZE)
  # vptr: SOCI's libraries do not export the type information it asks for.
  target_compile_options(metaferry_common INTERFACE -fsanitize=${METAFERRY_SANITIZE}
    -fno-sanitize=vptr -fno-sanitize-recover=all)
  target_link_options(metaferry_common INTERFACE -fsanitize=${METAFERRY_SANITIZE})
  target_compile_definitions(metaferry_common INTERFACE _GLIBCXX_ASSERTIONS)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(metaferry_common INTERFACE _FORTIFY_SOURCE=2)
endif()

# metaferry_room(NAME SOURCES a.cc ... [LINK metaferry::model ...]): a static library metaferry_NAME
# with the alias metaferry::NAME.
function(metaferry_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(metaferry_${name} STATIC ${ROOM_SOURCES})
  add_library(metaferry::${name} ALIAS metaferry_${name})
  target_link_libraries(metaferry_${name} PUBLIC metaferry_common tl::expected ${ROOM_LINK})
endfunction()
