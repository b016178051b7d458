# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Helpers shared by dialects/, passes/ and tools/.

# Every object of the compiler is compiled once and linked twice: into the shared library for
# Python and into the tools. So sources are collected here and compiled by the top-level file.
define_property(GLOBAL PROPERTY TW_CORE_SOURCES BRIEF_DOCS "C++ sources of dialects and passes")
define_property(GLOBAL PROPERTY TW_CORE_TABLEGEN BRIEF_DOCS "TableGen targets of the core")

function(tw_add_sources)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set_property(GLOBAL APPEND PROPERTY TW_CORE_SOURCES ${ARGN})
endfunction()

# tw_add_dialect(<Name> <dialect-namespace> SOURCES...): TableGen of <Name>Dialect.td, <Name>Ops.td
# and <Name>Attrs.td.
function(tw_add_dialect name namespace)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  set(LLVM_TARGET_DEFINITIONS ${name}Ops.td)
  mlir_tablegen(${name}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${name}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${name}Dialect.h.inc -gen-dialect-decls -dialect=${namespace})
  mlir_tablegen(${name}Dialect.cpp.inc -gen-dialect-defs -dialect=${namespace})
  mlir_tablegen(${name}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${name}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${name}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${namespace})
  mlir_tablegen(${name}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${namespace})
  add_public_tablegen_target(Tw${name}DialectIncGen)
  set_property(GLOBAL APPEND PROPERTY TW_CORE_TABLEGEN Tw${name}DialectIncGen)
  tw_add_sources(${ARG_SOURCES})
endfunction()

# tw_add_passes(<Phase> SOURCES...): TableGen of Passes.td in the current folder.
function(tw_add_passes phase)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name=${phase})
  add_public_tablegen_target(Tw${phase}PassesIncGen)
  set_property(GLOBAL APPEND PROPERTY TW_CORE_TABLEGEN Tw${phase}PassesIncGen)
  tw_add_sources(${ARG_SOURCES})
endfunction()

# tw_add_tool(<name> SOURCES... LIBRARIES...): an MLIR tool that links the core against the shared
# MLIR and LLVM. MLIR's own driver libraries exist as static archives only; they are named by file
# because their CMake targets would pull a second, static copy of MLIR into the process.
function(tw_add_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} $<TARGET_OBJECTS:TilewrightCore>)
  target_compile_options(${name} PRIVATE -fno-rtti)
  foreach(library ${ARG_LIBRARIES})
    find_library(TW_LIB_${library} NAMES ${library} HINTS ${TW_MLIR_LIBRARY_DIR} REQUIRED NO_DEFAULT_PATH)
    target_link_libraries(${name} PRIVATE ${TW_LIB_${library}})
  endforeach()
  target_link_libraries(${name} PRIVATE ${TW_LIBMLIR} ${TW_LIBLLVM})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
    BUILD_RPATH "${TW_MLIR_LIBRARY_DIR};${TW_LLVM_LIBRARY_DIR}"
    INSTALL_RPATH "$ORIGIN/../../mlir/lib;$ORIGIN/../../llvm/lib")
  install(TARGETS ${name} RUNTIME DESTINATION tilewright/bin)
endfunction()
