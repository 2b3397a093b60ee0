#include "fs/system.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

#include "descriptor.hpp"

namespace xppkg::fs {
namespace {

/// For root, whom sudo may have left the variables of its caller: what he keeps there is his.
bool is_somebody_elses(const Path& folder) {
  if (::geteuid() != 0) return false;
  struct stat found {};
  Path there = folder;
  while (::stat(there.c_str(), &found) != 0 && there.has_relative_path()) {
    there = there.parent_path();
  }
  return found.st_uid != 0;
}

/// Empty: not set, not absolute, or not this user's.
Path folder_in_environment(const char* name) {
  const char* value = std::getenv(name);
  const Path folder = value == nullptr ? Path() : from_utf8(value);
  return folder.is_absolute() && !is_somebody_elses(folder) ? folder : Path();
}

/// A user's entry in the system's table.
struct User {
  std::string name;
  Path home;
};

std::optional<User> user_of(uid_t user) {
  std::array<char, 16 * 1024> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return User{found->pw_name, from_utf8(found->pw_dir)};
}

Path home_of(uid_t user) {
  const auto found = user_of(user);
  return found ? found->home : Path();
}

Path home() {
  if (Path home = folder_in_environment("HOME"); !home.empty()) return home;
  return home_of(::geteuid());
}

}  // namespace

Path users_settings_folder() {
  constexpr const char* kBelowHome = ".config";
  if (::geteuid() == 0) {
    const Path own = home_of(0);
    return own.empty() ? Path() : own / kBelowHome;
  }
  if (Path settings = folder_in_environment("XDG_CONFIG_HOME"); !settings.empty()) return settings;
  const Path home_folder = home();
  return home_folder.empty() ? Path() : home_folder / kBelowHome;
}

Path systems_settings_folder() {
  return "/etc";
}

Path real_path(const Path& path) {
  std::error_code error;
  const Path absolute = std::filesystem::absolute(path, error);
  if (error) fail("go to", path, error.value());
  Path found = "/";
  Path missing;
  for (const Path& part : absolute.relative_path()) {
    if (part.empty()) continue;
    if (missing.empty()) {
      const Path next = std::filesystem::canonical(found / part, error);
      if (!error) {
        found = next;
        continue;
      }
      if (error != std::errc::no_such_file_or_directory) fail("go to", path, error.value());
    }
    if (part == "..") fail("go to", path, ENOENT);
    if (part != ".") missing /= part;
  }
  return missing.empty() ? found : found / missing;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

std::string user_name() {
  const auto user = user_of(::geteuid());
  return user && !user->name.empty() ? user->name : "uid " + std::to_string(::geteuid());
}

std::uint64_t process_number() {
  return static_cast<std::uint64_t>(::getpid());
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
