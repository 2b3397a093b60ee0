#include "private_group.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>

#include <array>
#include <cstring>

#include "descriptor.hpp"

#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace xppkg::fs {

bool is_private_group(uid_t owner, gid_t group) {
  std::array<char, 16'384> user_buffer{};
  std::array<char, 16'384> group_buffer{};
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
  return true;
}

bool has_access_list(int folder, const char* name) {
#ifdef __linux__
  const Descriptor file(::openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  // A folder that cannot be opened counts as the worse case.
  if (file.get() < 0) return true;
  return ::fgetxattr(file.get(), "system.posix_acl_access", nullptr, 0) > 0;
#else
  static_cast<void>(folder);
  static_cast<void>(name);
  return true;
#endif
}

}  // namespace xppkg::fs
