#pragma once

#include <memory>
#include <string>

#include "failure.hpp"
#include "site/site.hpp"
#include "temp_folder.hpp"
#include "xppkg/error.hpp"

struct sqlite3;

namespace xppkg::site {

/// Access of somebody else to an SQLite file.
class SqliteFile {
 public:
  explicit SqliteFile(const fs::Path& file);
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;
  ~SqliteFile();

  void run(const std::string& statement);

 private:
  sqlite3* handle_ = nullptr;
};

/// An empty database with tables: an SQLite file, or what XPPKG_TEST_SITE names (see
/// database_launcher.py). One suite that every backend passes.
struct SiteCase {
  SiteCase();

  [[nodiscard]] std::unique_ptr<SiteDatabase> open(Missing missing = Missing::is_created) const {
    return open_site(url, missing, fs::native());
  }
  /// The decision that a new connection reads.
  std::optional<Decision> current(const std::string& package = "app") const {
    SiteState site_state = open(Missing::is_unreachable)->read(package, "pc-7");
    if (site_state.nonsense.empty()) return site_state.decision;
    throw Error(Code::database_damaged, {{"cause", site_state.nonsense}});
  }
  /// The error of reading on a new connection.
  [[nodiscard]] std::string read_error() const {
    return test::error_of([&] { current(); });
  }
  /// Any SQL, as somebody who may do all with the tables could run it.
  void sql(const std::string& statement) const;
  /// Gives a column another type, so that it takes what it should not.
  void retype(const std::string& table, const std::string& column, const std::string& type) const;

  [[nodiscard]] bool is_sqlite() const { return url.starts_with("sqlite:"); }
  [[nodiscard]] bool is_postgresql() const { return url.starts_with("postgresql:"); }

  test::TempFolder folder;
  fs::Path file = folder / "site.db";
  std::string url;
};

inline Decision decision(std::uint64_t counter, const std::string& version = "1.0",
                         const std::string& package = "app") {
  return {counter,       package, version, blake2b(as_bytes(version)),
          1'700'000'000, "anna",  "pc-7",  "0.9"};
}

}  // namespace xppkg::site
