# Turns text files into a C++ source with one std::string_view each. Run by metaferry_embed (below) at
# build time:
#   cmake -DOUTPUT=assets.cc -DHEADER=room/assets.h -DFILES=kName=path,kOther=path -P EmbedFiles.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  set(source "// Made by cmake/EmbedFiles.cmake.\n#include \"${HEADER}\"\n\nnamespace metaferry {\n")
  string(REPLACE "," ";" FILES "${FILES}")
  foreach(pair ${FILES})
    string(REGEX MATCH "^([^=]+)=(.*)$" matched "${pair}")
    set(name "${CMAKE_MATCH_1}")
    file(READ "${CMAKE_MATCH_2}" text)
    string(APPEND source "const std::string_view ${name} = R\"embedded(${text})embedded\";\n")
  endforeach()
  string(APPEND source "}  // namespace metaferry\n")
  file(WRITE "${OUTPUT}" "${source}")
  return()
endif()

set(METAFERRY_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

# metaferry_embed(TARGET HEADER room/assets.h FILES kName=file ...): compiles the files into TARGET.
function(metaferry_embed target)
  cmake_parse_arguments(EMBED "" "HEADER" "FILES" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_assets.cc)
  foreach(pair ${EMBED_FILES})
    string(REGEX MATCH "^([^=]+)=(.*)$" matched "${pair}")
    list(APPEND pairs ${CMAKE_MATCH_1}=${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2})
    list(APPEND files ${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2})
  endforeach()
  list(JOIN pairs "," pairs)
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${METAFERRY_EMBED_SCRIPT} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${EMBED_HEADER} -DFILES=${pairs}
            -P ${METAFERRY_EMBED_SCRIPT})
  target_sources(${target} PRIVATE ${output})
endfunction()
