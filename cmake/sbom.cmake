# Writes a CycloneDX bill of materials: the program and what it directly stands on, libraries it is
# linked with as well as those that are all header, each as the Debian package it was built with.
#   cmake -DPROGRAM=FILE -DARCHITECTURE=x86_64-linux-gnu -DVERSION=V -DEPOCH=SECONDS -DOUTPUT=FILE -P sbom.cmake
set(header_libraries boost/version.hpp nlohmann/json.hpp tl/expected.hpp)

execute_process(COMMAND readelf --dynamic --wide ${PROGRAM} OUTPUT_VARIABLE dynamic
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\\(NEEDED\\)[^[]*\\[[^]]*\\]" needed "${dynamic}")
list(TRANSFORM needed REPLACE ".*\\[(.*)\\]" "*/${ARCHITECTURE}/\\1")
list(TRANSFORM header_libraries PREPEND "/usr/include/")

set(packages)
foreach(file IN LISTS needed header_libraries)
  execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE found ERROR_VARIABLE reason
    RESULT_VARIABLE code)
  # The dynamic loader stands in another folder than the libraries, and belongs to libc6 as well.
  if(NOT code EQUAL 0 AND file MATCHES "/ld-linux")
    continue()
  elseif(NOT code EQUAL 0)
    message(FATAL_ERROR "no Debian package has ${file}: ${reason}")
  endif()
  string(REGEX REPLACE ":.*" "" package "${found}")
  list(APPEND packages ${package})
endforeach()
list(REMOVE_DUPLICATES packages)
list(SORT packages)

cmake_host_system_information(RESULT distribution QUERY DISTRIB_VERSION_ID)
set(ENV{SOURCE_DATE_EPOCH} ${EPOCH})
string(TIMESTAMP time "%Y-%m-%dT%H:%M:%SZ" UTC)
execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE debian_architecture
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# set_text(VARIABLE PATH... TEXT): sets a string in the JSON document held by a variable.
function(set_text variable)
  list(POP_BACK ARGN text)
  string(JSON document SET "${${variable}}" ${ARGN} "\"${text}\"")
  set(${variable} "${document}" PARENT_SCOPE)
endfunction()

set(bom "{\"$schema\": \"http://cyclonedx.org/schema/bom-1.5.schema.json\", \"bomFormat\": \"CycloneDX\",
  \"specVersion\": \"1.5\", \"version\": 1,
  \"metadata\": {\"timestamp\": \"${time}\", \"component\": {\"type\": \"application\",
    \"bom-ref\": \"metaferry\", \"name\": \"metaferry\", \"version\": \"${VERSION}\",
    \"licenses\": [{\"license\": {\"id\": \"Apache-2.0\"}}]}},
  \"components\": [], \"dependencies\": [{\"ref\": \"metaferry\", \"dependsOn\": []}]}")
set(count 0)
foreach(package IN LISTS packages)
  # Installed for several architectures, a package is asked for by one; `all` is none of them.
  execute_process(COMMAND dpkg-query --show "--showformat=\${Version};\${Architecture}\n" ${package}
    OUTPUT_VARIABLE facts COMMAND_ERROR_IS_FATAL ANY)
  if(NOT facts MATCHES "([^\n;]+);(${debian_architecture}|all)\n")
    message(FATAL_ERROR "${package} is not installed for ${debian_architecture}")
  endif()
  set(version ${CMAKE_MATCH_1})
  set(package_architecture ${CMAKE_MATCH_2})
  set(escaped "${version}")
  foreach(pair %=%25 +=%2B :=%3A)
    string(SUBSTRING ${pair} 0 1 from)
    string(SUBSTRING ${pair} 2 -1 to)
    string(REPLACE "${from}" "${to}" escaped "${escaped}")
  endforeach()
  set(purl "pkg:deb/debian/${package}@${escaped}?arch=${package_architecture}&distro=debian-${distribution}")
  set(component "{\"type\": \"library\"}")
  set_text(component bom-ref ${package})
  set_text(component name ${package})
  set_text(component version "${version}")
  set_text(component purl "${purl}")
  string(JSON bom SET "${bom}" components ${count} "${component}")
  string(JSON bom SET "${bom}" dependencies 0 dependsOn ${count} "\"${package}\"")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "${bom}\n")
