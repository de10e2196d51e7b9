# Every dependency is a Debian 12 package; nothing is fetched at configure time.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt 9.1 REQUIRED)            # spdlog's formatter, used for messages too
find_package(spdlog 1.10 REQUIRED)        # logs
find_package(Protobuf 3.21 REQUIRED)      # the wire contract
find_package(OpenSSL 3.0 REQUIRED)        # SHA-256, Ed25519
find_package(ZLIB REQUIRED)               # gzip chat logs
find_package(LibXml2 2.9 REQUIRED)         # the XML formats of exports
find_package(CLI11 2.1 REQUIRED)          # flags and the TOML settings file
find_package(nlohmann_json 3.11 REQUIRED) # --json results and JSON lines logs
find_package(SQLite3 3.40 REQUIRED)       # outbox and queue storage; the default mgccomp
find_package(PostgreSQL 15 REQUIRED)      # libpq, the client of PostgreSQL
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.5) # pack compression
find_package(ProtonCpp 0.37 REQUIRED)     # AMQP 1.0
find_package(SOCI 4.0 REQUIRED)           # SQL access
find_package(ODBC REQUIRED)               # Microsoft SQL Server, by unixODBC
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo>=1.16) # the pictures of mgc tune
# Encodes, folds and nests as MIME wants it; writes mail formats of exports.
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0>=3.2)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip>=1.7) # zips of exports, in memory
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0) # metrics
find_package(CURL 7.88 REQUIRED) # mgc top reads endpoints
find_library(MGC_CIVETWEB civetweb REQUIRED) # their endpoint; its CMake file names no library
find_package(LibXml2 2.9 REQUIRED)        # exports in XML
find_package(LibXslt 1.1.35 REQUIRED)     # the stylesheets of their readers; the same ids each time
pkg_check_modules(mariadb REQUIRED IMPORTED_TARGET libmariadb>=3.3) # mgccomp and mgc on MariaDB
