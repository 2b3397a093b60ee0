#include "site_case.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace xppkg::site {
namespace {

constexpr const char* kTables =
    "DROP TABLE IF EXISTS xppkg_schema; DROP TABLE IF EXISTS xppkg_decision;"
    " DROP TABLE IF EXISTS xppkg_content; DROP TABLE IF EXISTS xppkg_part;"
    " DROP TABLE IF EXISTS xppkg_file; DROP TABLE IF EXISTS xppkg_workstation;"
    " DROP TABLE IF EXISTS xppkg_site; DROP TABLE IF EXISTS xppkg_lock;";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

/// The server's own client reads SQL from its standard input.
void run_client(const std::string& statement) {
  std::FILE* client = ::popen(environment("XPPKG_TEST_SQL").c_str(), "w");
  if (client == nullptr) throw std::runtime_error("the client was not started");
  const bool is_written = std::fputs((statement + ";\n").c_str(), client) >= 0;
  if (::pclose(client) != 0 || !is_written) throw std::runtime_error("refused: " + statement);
}

}  // namespace

SqliteFile::SqliteFile(const fs::Path& file) {
  if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("not opened");
}

SqliteFile::~SqliteFile() {
  sqlite3_close(handle_);
}

void SqliteFile::run(const std::string& statement) {
  if (sqlite3_exec(handle_, statement.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error("refused: " + statement + ": " + sqlite3_errmsg(handle_));
  }
}

SiteCase::SiteCase() : url(environment("XPPKG_TEST_SITE")) {
  if (url.empty()) {
    url = "sqlite:" + file.string();
    return;
  }
  sql(kTables);
  migrate_site(url, fs::native());
}

void SiteCase::sql(const std::string& statement) const {
  if (!is_sqlite()) return run_client(statement);
  SqliteFile(file).run(statement);
}

void SiteCase::retype(const std::string& table, const std::string& column,
                      const std::string& type) const {
  if (is_sqlite()) return;  // Its columns take any type.
  if (is_postgresql()) {
    sql("ALTER TABLE " + table + " ALTER COLUMN " + column + " TYPE " + type);
  } else {
    sql("ALTER TABLE " + table + " MODIFY COLUMN " + column + " " + type);
  }
}

}  // namespace xppkg::site
