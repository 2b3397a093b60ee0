#include "rights.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <vector>

#include "descriptor.hpp"

#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace xppkg::fs {
namespace {

bool look(const ResolvedPath& place, struct stat& raw) {
  return ::fstatat(place.folder(), place.name(), &raw, AT_SYMLINK_NOFOLLOW) == 0;
}

Descriptor open_at(const ResolvedPath& place, int flags) {
  return Descriptor(::openat(place.folder(), place.name(), flags | O_NOFOLLOW | O_CLOEXEC));
}

/// The owner of the folder that a name lies in, where root has to give things to him.
std::optional<struct stat> other_owner(const ResolvedPath& place) {
  if (::geteuid() != 0) return std::nullopt;
  std::string folder(place.name());
  const std::size_t slash = folder.rfind('/');
  folder = slash == std::string::npos ? "." : folder.substr(0, slash + 1);
  struct stat raw {};
  if (::fstatat(place.folder(), folder.c_str(), &raw, 0) != 0 || raw.st_uid == 0) {
    return std::nullopt;
  }
  return raw;
}

bool is_as_created(const struct stat& raw, Kind kind) {
  if (raw.st_uid != 0) return false;
  if (kind == Kind::symlink) return S_ISLNK(raw.st_mode) && raw.st_nlink == 1;
  return S_ISDIR(raw.st_mode) && (raw.st_mode & 0777) == 0700;
}

constexpr std::uint32_t kSetIds = 06000;
constexpr std::uint32_t kGroup = 070;

/// False: the file keeps another group. Only root may change the owner; any user may choose among
/// the groups that he is in.
bool give(int file, const struct stat& old, const struct stat& created) {
  if (old.st_uid == created.st_uid && old.st_gid == created.st_gid) return true;
  if (::fchown(file, old.st_uid, old.st_gid) == 0) return true;
  return old.st_gid == created.st_gid || ::fchown(file, static_cast<uid_t>(-1), old.st_gid) == 0;
}

#ifdef __linux__

constexpr const char* kCapabilities = "security.capability";
constexpr const char* kAccessList = "system.posix_acl_access";
constexpr std::size_t kMaxAttribute = 64 * 1024;

bool has_attribute(int file, const char* name) {
  return ::fgetxattr(file, name, nullptr, 0) > 0;
}

/// False where `from` has the attribute and `to` does not get it.
bool copy_attribute(int from, int to, const char* name) {
  std::vector<char> value(kMaxAttribute);
  const ssize_t size = ::fgetxattr(from, name, value.data(), value.size());
  if (size < 0) return errno == ENODATA || errno == ENOTSUP;
  return ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(size), 0) == 0;
}

#endif

}  // namespace

void give_to_owner_of_folder(int number, const ResolvedPath& place) {
  const auto owner = other_owner(place);
  if (!owner) return;
  // Network shares that map root to nobody refuse this: the file then belongs to nobody, as all
  // others there do.
  static_cast<void>(::fchown(number, owner->st_uid, owner->st_gid) == 0);
}

void give_to_owner_of_folder(const ResolvedPath& place, Kind kind) {
  const auto owner = other_owner(place);
  if (!owner) return;
#ifdef __linux__
  const Descriptor created = open_at(place, O_PATH);
  struct stat raw {};
  if (created.get() < 0 || ::fstat(created.get(), &raw) != 0 || !is_as_created(raw, kind)) return;
  static_cast<void>(::fchownat(created.get(), "", owner->st_uid, owner->st_gid, AT_EMPTY_PATH) ==
                    0);
#else
  struct stat raw {};
  if (!look(place, raw) || !is_as_created(raw, kind)) return;
  static_cast<void>(::fchownat(place.folder(), place.name(), owner->st_uid, owner->st_gid,
                               AT_SYMLINK_NOFOLLOW) == 0);
#endif
}

std::vector<std::string> inherit_rights(const ResolvedPath& from, const ResolvedPath& to,
                                        const Path& path, std::uint32_t mode) {
  std::vector<std::string> lost;
  struct stat old {};
  struct stat created {};
  const Descriptor file = open_at(to, O_RDONLY | O_NONBLOCK);
  if (file.get() < 0 || ::fstat(file.get(), &created) != 0) fail("set rights of", path);
  if (!look(from, old)) fail("set rights of", path);
  // Its other names would get the rights as well.
  if (S_ISREG(created.st_mode) && created.st_nlink > 1) fail("set rights of", path, EMLINK);
  // A file that another user could open until now may have been changed by him, so it does not get
  // the bits that run it with an owner's rights.
  const bool changes_hands = old.st_uid != created.st_uid;
  const bool keeps_group = give(file.get(), old, created);
  if ((mode & kSetIds) != 0 && (changes_hands || !keeps_group)) {
    mode &= ~kSetIds;
    lost.emplace_back("set-id");
  }
  if (!keeps_group && ((mode >> 3 ^ mode) & 07) != 0) {
    // Another group does not get the rights of this one.
    mode &= ~kGroup | (mode & 07) << 3;
    lost.emplace_back("owner");
  }
#ifdef __linux__
  const Descriptor source = open_at(from, O_RDONLY | O_NONBLOCK);
  if (!copy_attribute(source.get(), file.get(), kAccessList)) lost.emplace_back("access-list");
  if (changes_hands ? has_attribute(source.get(), kCapabilities)
                    : !copy_attribute(source.get(), file.get(), kCapabilities)) {
    lost.emplace_back("capabilities");
  }
#endif
  // Last: to give a file away takes these bits from it.
  if (::fchmod(file.get(), mode) != 0) fail("set rights of", path);
  return lost;
}

bool exchange_names(const ResolvedPath& one, const ResolvedPath& other) {
#if defined(__linux__)
  return ::renameat2(one.folder(), one.name(), other.folder(), other.name(), RENAME_EXCHANGE) == 0;
#elif defined(__APPLE__)
  return ::renameatx_np(one.folder(), one.name(), other.folder(), other.name(), RENAME_SWAP) == 0;
#else
  static_cast<void>(one);
  static_cast<void>(other);
  errno = ENOSYS;
  return false;
#endif
}

bool rename_without_replacing(const ResolvedPath& from, const ResolvedPath& to) {
#if defined(__linux__)
  if (::renameat2(from.folder(), from.name(), to.folder(), to.name(), RENAME_NOREPLACE) == 0)
    return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
#elif defined(__APPLE__)
  if (::renameatx_np(from.folder(), from.name(), to.folder(), to.name(), RENAME_EXCL) == 0)
    return true;
  if (errno != ENOTSUP) return false;
#endif
  // A volume that does not know this: a second name takes no name that is there either.
  if (::linkat(from.folder(), from.name(), to.folder(), to.name(), 0) == 0) {
    return ::unlinkat(from.folder(), from.name(), 0) == 0;
  }
  if (errno == EEXIST) return false;
  struct stat raw {};
  if (look(to, raw)) {
    errno = EEXIST;
    return false;
  }
  return ::renameat(from.folder(), from.name(), to.folder(), to.name()) == 0;
}

}  // namespace xppkg::fs
