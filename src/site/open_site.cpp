#include <filesystem>

#include "address.hpp"
#include "mysql.hpp"
#include "postgresql.hpp"
#include "sql_site.hpp"
#include "sqlite.hpp"

namespace xppkg::site {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

[[noreturn]] void refuse(const std::string& url, const char* reason) {
  throw Error(Code::usage_invalid, {{"database", without_password(url)}, {"reason", reason}});
}

[[noreturn]] void refuse_scheme(const std::string& url) {
  refuse(url.substr(0, url.find(':')), "expected sqlite:PATH, postgresql://… or mysql://…");
}

fs::Path sqlite_file(const std::string& url) {
  const std::string_view path = std::string_view(url).substr(kSqlite.size());
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    refuse(url, "a path has to follow sqlite:");
  }
  return std::filesystem::absolute(fs::from_utf8(path));
}

std::unique_ptr<Backend> backend_of(const std::string& url, Missing missing, fs::FileSystem& disk) {
  if (url.starts_with(kSqlite)) return sqlite_backend(sqlite_file(url), missing, disk);
  if (url.starts_with(kPostgresqlScheme)) {
    return postgresql_backend(parse_server(url), without_password(url), disk);
  }
  if (url.starts_with(kMysqlScheme)) {
    return mysql_backend(parse_server(url), without_password(url), disk);
  }
  refuse_scheme(url);
}

}  // namespace

std::unique_ptr<SiteDatabase> open_site(const std::string& url, Missing missing,
                                        fs::FileSystem& disk, const std::string& site_id) {
  auto site = std::make_unique<SqlSite>(backend_of(url, missing, disk));
  const bool may_migrate = url.starts_with(kSqlite) && missing == Missing::is_created;
  if (may_migrate) {
    site->migrate(site_id);
  } else if (url.starts_with(kSqlite)) {
    site->check();
  }
  return site;
}

std::uint64_t migrate_site(const std::string& url, fs::FileSystem& disk, const std::string& site) {
  return SqlSite(backend_of(url, Missing::is_created, disk)).migrate(site);
}

std::vector<fs::Path> named_files(const std::string& url) {
  if (url.starts_with(kSqlite)) return {sqlite_file(url)};
  std::vector<fs::Path> files;
  for (const auto& [name, value] : parse_server(url).options) {
    if (const fs::Path file = fs::from_utf8(value); file.is_absolute()) files.push_back(file);
  }
  return files;
}

std::string checked_address(const std::string& url) {
  if (url.starts_with(kSqlite)) return std::string(kSqlite) + fs::to_utf8(sqlite_file(url));
  if (!url.starts_with(kPostgresqlScheme) && !url.starts_with(kMysqlScheme)) refuse_scheme(url);
  parse_server(url);
  return url;
}

}  // namespace xppkg::site
