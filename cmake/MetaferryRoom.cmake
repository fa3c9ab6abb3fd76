# What all rooms of the house have in common: warnings, sanitizers, hardening, and the include path.
# Programs that use an installed metaferry get the include path and the language of it, no more.
include(CheckCXXCompilerFlag)

add_library(metaferry_common INTERFACE)
set_target_properties(metaferry_common PROPERTIES EXPORT_NAME common)
target_compile_features(metaferry_common INTERFACE cxx_std_20)
target_include_directories(metaferry_common INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include;${PROJECT_SOURCE_DIR}>")

# metaferry_compile(OPTION ...): for all of our own code.
function(metaferry_compile)
  target_compile_options(metaferry_common INTERFACE "$<BUILD_INTERFACE:${ARGN}>")
endfunction()

metaferry_compile(-Wall -Wextra -Wpedantic -Wshadow -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 is wrong about the unused half of a tl::expected, and about std::string (GCC bug 105651).
  metaferry_compile(-Wno-maybe-uninitialized -Wno-restrict)
  # Asks that what is private to a file be in the file that is compiled, not in one it includes.
  if(CMAKE_UNITY_BUILD)
    metaferry_compile(-Wno-subobject-linkage)
  endif()
endif()
target_compile_definitions(metaferry_common INTERFACE
  $<BUILD_INTERFACE:METAFERRY_VERSION="${PROJECT_VERSION}">)
target_link_options(metaferry_common INTERFACE
  "$<BUILD_INTERFACE:-Wl,-z,relro;-Wl,-z,now;-Wl,-z,noexecstack>")
if(METAFERRY_SANITIZE)
  # vptr: SOCI's libraries do not export the type information it asks for.
  metaferry_compile(-fsanitize=${METAFERRY_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all)
  target_link_options(metaferry_common INTERFACE
    $<BUILD_INTERFACE:-fsanitize=${METAFERRY_SANITIZE}>)
  target_compile_definitions(metaferry_common INTERFACE $<BUILD_INTERFACE:_GLIBCXX_ASSERTIONS>)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(metaferry_common INTERFACE $<BUILD_INTERFACE:_FORTIFY_SOURCE=2>)
  # Not every processor has these.
  foreach(option -fcf-protection=full -fstack-clash-protection)
    string(MAKE_C_IDENTIFIER "METAFERRY_HAS${option}" has)
    check_cxx_compiler_flag(${option} ${has})
    if(${has})
      metaferry_compile(${option})
    endif()
  endforeach()
  # The same source gives the same bytes, wherever it lies.
  metaferry_compile(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
endif()

# metaferry_unity(TARGET FILE.cc ...): where CMAKE_UNITY_BUILD is on, files of one folder are compiled
# eight at a time, which takes half the time: most of it goes into headers. So what files of one
# folder define for themselves must differ in name.
function(metaferry_unity target)
  foreach(file ${ARGN})
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME folder)  # where the build lies must not show in what it makes
    string(MAKE_C_IDENTIFIER "${target}_${folder}" group)
    math(EXPR ${group} "${${group}} + 1")
    math(EXPR part "(${${group}} - 1) / 8")
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${group}_${part})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# metaferry_room(NAME SOURCES a.cc ... [LINK metaferry::model ...]): a static library metaferry_NAME
# with the alias metaferry::NAME.
function(metaferry_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(metaferry_${name} STATIC ${ROOM_SOURCES})
  metaferry_unity(metaferry_${name} ${ROOM_SOURCES})
  add_library(metaferry::${name} ALIAS metaferry_${name})
  set_target_properties(metaferry_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(metaferry_${name} PUBLIC metaferry_common tl::expected ${ROOM_LINK})
endfunction()

# metaferry_thrift(NAME FILE.thrift SERVICE): a static library metaferry_NAME, alias metaferry::NAME,
# of what the Thrift compiler makes of an interface: "<FILE>_types.h" and "<SERVICE>.h". The code is
# not ours, so nobody looks for faults of style in it.
function(metaferry_thrift name file service)
  get_filename_component(base ${file} NAME_WE)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(sources ${folder}/${base}_types.cpp ${folder}/${service}.cpp)
  set(headers ${folder}/${base}_types.h ${folder}/${service}.h)
  file(MAKE_DIRECTORY ${folder})
  # An enum of a fixed type may hold a number that a newer server made up; another may not.
  add_custom_command(OUTPUT ${sources} ${headers}
    COMMAND Thrift::compiler --gen cpp:no_skeleton,moveable_types -out ${folder}
      ${CMAKE_CURRENT_SOURCE_DIR}/${file}
    COMMAND sed -i "s/^  enum type {/  enum type : int {/" ${folder}/${base}_types.h
    DEPENDS ${file} VERBATIM)
  metaferry_room(${name} SOURCES ${sources} ${headers} LINK Thrift::thrift)
  target_include_directories(metaferry_${name} SYSTEM PUBLIC "$<BUILD_INTERFACE:${folder}>")
  target_compile_options(metaferry_${name} PRIVATE -w)
  set_target_properties(metaferry_${name} PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
endfunction()
