#include "sqlite_site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {

std::string_view id(Policy policy) {
  return policy == Policy::required ? "required" : "recommended";
}

std::optional<Policy> policy_of(std::string_view text) {
  for (const Policy policy : {Policy::required, Policy::recommended}) {
    if (text == id(policy)) return policy;
  }
  return std::nullopt;
}

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
