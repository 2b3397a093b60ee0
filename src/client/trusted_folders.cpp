#include "xppkg/trusted_folders.hpp"

#include <algorithm>

#include "fs/system.hpp"
#include "trusted_list.hpp"

namespace xppkg {

using namespace client;

std::string trust_folder(const std::string& folder) {
  fs::FileSystem& disk = fs::native();
  const fs::Path path = fs::real_path(fs::from_utf8(folder));
  const auto found = disk.stat(path);
  if (!found || found->kind != fs::Kind::directory) {
    throw Error(Code::usage_invalid,
                {{"folder", fs::to_utf8(path)}, {"reason", "there is no such folder"}});
  }
  auto folders = users_list(disk);
  const std::string name = fs::to_utf8(path);
  if (std::ranges::find(folders, name) == folders.end()) {
    folders.push_back(name);
    save_users_list(disk, folders);
    check_users_list(disk);
  }
  return name;
}

bool distrust_folder(const std::string& folder) {
  fs::FileSystem& disk = fs::native();
  auto folders = users_list(disk);
  if (std::erase(folders, fs::to_utf8(fs::real_path(fs::from_utf8(folder)))) == 0) return false;
  save_users_list(disk, folders);
  return true;
}

std::vector<std::string> trusted_folders() {
  return users_list(fs::native());
}

}  // namespace xppkg
