# cmake -DSOURCE_DIR=db/migrations -DOUTPUT=file.cpp -P embed_migrations.cmake
# Writes every migrations/ENGINE/SCHEMA/NNNN_name.sql into one C++ source, in order of path, so that
# the program needs no file beside it.
file(GLOB_RECURSE files RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/*.sql)
list(SORT files)
set(entries "")
foreach(path IN LISTS files)
  if(NOT path MATCHES "^([a-z0-9]+)/(mgccomp|mgc)/([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "${path} is not named ENGINE/SCHEMA/NNNN_name.sql")
  endif()
  set(engine ${CMAKE_MATCH_1})
  set(schema ${CMAKE_MATCH_2})
  set(number ${CMAKE_MATCH_3})
  set(name ${CMAKE_MATCH_4})
  string(REGEX REPLACE "^0+" "" version ${number})
  file(READ ${SOURCE_DIR}/${path} text)
  string(APPEND entries
         "    {\"${engine}\", Schema::${schema}, ${version}, \"${number}_${name}\",\n"
         "     R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new
"// Made by embed_migrations.cmake.
#include \"db/migrations.hpp\"

namespace mgc::db {
namespace {
constexpr Migration kMigrations[] = {
${entries}};
}  // namespace

std::span<const Migration> embedded_migrations() { return kMigrations; }

}  // namespace mgc::db
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(TOUCH ${OUTPUT})
