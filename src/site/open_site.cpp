#include "sqlite_site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {

std::unique_ptr<SiteDatabase> open_site(const std::string& url, Missing missing,
                                        fs::FileSystem& disk) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite) || url.size() == kSqlite.size()) {
    throw Error(Code::usage_invalid,
                {{"database", url.substr(0, url.find(':'))}, {"reason", "expected sqlite:PATH"}});
  }
  return open_sqlite(fs::from_utf8(std::string_view(url).substr(kSqlite.size())), missing, disk);
}

}  // namespace xppkg::site
