#pragma once

#include <sys/stat.h>

namespace xppkg::fs {

/// True if the group is one that systems make for each user: named like the owner of the file, his
/// first one, and without further members. Its rights are then his alone.
bool is_private_group(uid_t owner, gid_t group);

/// True if a list gives rights to others than owner, group and all. `folder` and `name` as openat
/// takes them. The bits of the group then are the most that anybody is given.
bool has_access_list(int folder, const char* name);
/// The same of an open file.
bool has_access_list(int file);

}  // namespace xppkg::fs
