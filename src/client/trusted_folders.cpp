#include "xppkg/trusted_folders.hpp"

#include "base/translated.hpp"
#include "fs/settled_call.hpp"
#include "fs/system.hpp"
#include "trusted_list.hpp"

namespace xppkg {

using namespace client;

std::string trust_folder(const std::string& folder) try {
  const fs::SettledCall settled;
  fs::FileSystem& disk = fs::native();
  const fs::Path path = fs::real_path(fs::from_utf8(folder));
  const auto found = disk.stat(path);
  if (!found || found->kind != fs::Kind::directory) {
    throw Error(Code::usage_invalid,
                {{"folder", fs::to_utf8(path)}, {"reason", "there is no such folder"}});
  }
  add_to_users_list(disk, path);
  return fs::to_utf8(path);
} catch (...) {
  throw_translated();
}

bool distrust_folder(const std::string& folder) try {
  const fs::SettledCall settled;
  return remove_from_users_list(fs::native(), fs::real_path(fs::from_utf8(folder)));
} catch (...) {
  throw_translated();
}

bool administrators_trust(const std::string& folder) try {
  const fs::SettledCall settled;
  return is_listed_by_administrators(fs::native(), fs::real_path(fs::from_utf8(folder)));
} catch (...) {
  throw_translated();
}

std::vector<std::string> trusted_folders() try {
  const fs::SettledCall settled;
  return users_list(fs::native());
} catch (...) {
  throw_translated();
}

}  // namespace xppkg
