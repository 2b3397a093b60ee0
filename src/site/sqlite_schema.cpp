#include "sqlite_schema.hpp"

namespace xppkg::site {

const std::vector<Migration>& sqlite_migrations() {
  static const std::vector<Migration> migrations{
      {0,
       1,
       {"CREATE TABLE xppkg_decision ("
        " package TEXT NOT NULL,"
        " counter INTEGER NOT NULL,"
        " version TEXT NOT NULL,"
        " tree TEXT NOT NULL,"
        " decided_at TEXT NOT NULL,"
        " decided_by TEXT NOT NULL,"
        " workstation TEXT NOT NULL,"
        " previous TEXT NOT NULL,"
        " PRIMARY KEY (package, counter))"}},
      {1, 2, {"ALTER TABLE xppkg_decision ADD COLUMN policy TEXT NOT NULL DEFAULT 'required'"}},
      {2,
       3,
       {"ALTER TABLE xppkg_decision ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE xppkg_decision ADD COLUMN held INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE xppkg_decision ADD COLUMN signature TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE xppkg_content ("
        " digest TEXT NOT NULL PRIMARY KEY,"
        " size INTEGER NOT NULL,"
        " is_complete INTEGER NOT NULL,"
        " added_at TEXT NOT NULL)",
        "CREATE TABLE xppkg_part ("
        " digest TEXT NOT NULL,"
        " number INTEGER NOT NULL,"
        " bytes BLOB NOT NULL,"
        " PRIMARY KEY (digest, number))",
        "CREATE TABLE xppkg_file ("
        " package TEXT NOT NULL,"
        " counter INTEGER NOT NULL,"
        " path TEXT NOT NULL,"
        " digest TEXT NOT NULL,"
        " size INTEGER NOT NULL,"
        " PRIMARY KEY (package, counter, path))",
        "CREATE INDEX xppkg_file_digest ON xppkg_file (digest)",
        "CREATE TABLE xppkg_workstation ("
        " package TEXT NOT NULL,"
        " name TEXT NOT NULL,"
        " platform TEXT NOT NULL DEFAULT '',"
        " version TEXT NOT NULL DEFAULT '',"
        " result TEXT NOT NULL DEFAULT '',"
        " seen_at TEXT NOT NULL DEFAULT '',"
        " decision INTEGER NOT NULL DEFAULT 0,"
        " answered_decision INTEGER NOT NULL DEFAULT 0,"
        " answered_version TEXT NOT NULL DEFAULT '',"
        " PRIMARY KEY (package, name))"}},
      {3,
       4,
       {"CREATE TABLE xppkg_site ("
        " number INTEGER NOT NULL PRIMARY KEY,"
        " id TEXT NOT NULL)"}},
  };
  return migrations;
}

}  // namespace xppkg::site
