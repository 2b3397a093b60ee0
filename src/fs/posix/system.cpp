#include "fs/system.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>

namespace xppkg::fs {
namespace {

/// Empty: not set, or not absolute.
Path folder_in_environment(const char* name) {
  const char* value = std::getenv(name);
  const Path folder = value == nullptr ? Path() : from_utf8(value);
  return folder.is_absolute() ? folder : Path();
}

Path home() {
  if (Path home = folder_in_environment("HOME"); !home.empty()) return home;
  std::array<char, 16 * 1024> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? Path() : from_utf8(found->pw_dir);
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

Path users_data_folder() {
#if defined(__APPLE__)
  constexpr const char* kBelowHome = "Library/Application Support";
#else
  if (Path data = folder_in_environment("XDG_DATA_HOME"); !data.empty()) return data;
  constexpr const char* kBelowHome = ".local/share";
#endif
  const Path home_folder = home();
  return home_folder.empty() ? Path() : home_folder / kBelowHome;
}

Path temporary_name() {
  std::random_device random;
  std::string name = "xppkg-";
  for (int i = 0; i < 4; ++i) name += std::to_string(random());
  std::error_code no_such_folder;
  const Path folder = std::filesystem::temp_directory_path(no_such_folder);
  return (no_such_folder ? Path("/tmp") : folder) / name;
}

}  // namespace xppkg::fs
