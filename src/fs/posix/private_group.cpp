#include "private_group.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "descriptor.hpp"

#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace xppkg::fs {
namespace {

/// Of users that the group is the usual one of, its own list says nothing. Those of this machine
/// can be looked through; a directory of users need not list them.
bool is_usual_of_another(gid_t group, uid_t owner) {
#ifdef __linux__
  const std::unique_ptr<FILE, int (*)(FILE*)> table(std::fopen("/etc/passwd", "re"), std::fclose);
  if (!table) return true;
  std::array<char, 16'384> buffer{};
  passwd user{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = ::fgetpwent_r(table.get(), &user, buffer.data(), buffer.size(), &found)) == 0) {
    if (user.pw_gid == group && user.pw_uid != owner) return true;
  }
  return error != ENOENT;  // Else not all were seen.
#else
  static_cast<void>(group);
  static_cast<void>(owner);
  return true;
#endif
}

}  // namespace

bool is_private_group(uid_t owner, gid_t group) {
  constexpr std::size_t kMaxEntry = 16'384;
  std::vector<char> user_buffer(kMaxEntry);
  std::vector<char> group_buffer(kMaxEntry);
  passwd user{};
  struct group entry {};
  passwd* found_user = nullptr;
  struct group* found = nullptr;
  ::getpwuid_r(owner, &user, user_buffer.data(), user_buffer.size(), &found_user);
  ::getgrgid_r(group, &entry, group_buffer.data(), group_buffer.size(), &found);
  if (found_user == nullptr || found == nullptr) return false;
  if (user.pw_gid != group || std::strcmp(user.pw_name, entry.gr_name) != 0) return false;
  for (char** member = entry.gr_mem; *member != nullptr; ++member) {
    if (std::strcmp(*member, user.pw_name) != 0) return false;
  }
  return !is_usual_of_another(group, owner);
}

bool has_access_list(int file) {
#ifdef __linux__
  return ::fgetxattr(file, "system.posix_acl_access", nullptr, 0) > 0;
#else
  static_cast<void>(file);
  return true;
#endif
}

bool has_access_list(int folder, const char* name) {
  struct stat raw {};
  // Some devices act as soon as they are opened.
  const bool may_be_opened = ::fstatat(folder, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 &&
                             (S_ISREG(raw.st_mode) || S_ISDIR(raw.st_mode));
  if (!may_be_opened) return true;
  const Descriptor file(::openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  // A folder that cannot be opened counts as the worse case.
  return file.get() < 0 || has_access_list(file.get());
}

}  // namespace xppkg::fs
