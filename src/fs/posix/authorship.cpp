#include "fs/authorship.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "private_group.hpp"

namespace xppkg::fs {
namespace {

/// Somebody with rights to read. Without a user: any member of the groups.
struct Reader {
  std::optional<uid_t> user;
  std::vector<gid_t> groups;

  /// `bits`: 4 to read, 1 to go through.
  [[nodiscard]] bool may(const struct stat& file, unsigned bits, bool has_list) const {
    const unsigned mode = file.st_mode;
    if (user && *user == file.st_uid) return (mode >> 6 & bits) == bits;
    const bool all_may = (mode & bits) == bits;
    const bool group_may = (mode >> 3 & bits) == bits;
    // The group's bits are those of nobody in particular if there is a list.
    if (has_list) return all_may && group_may;
    return std::ranges::find(groups, file.st_gid) != groups.end() ? group_may : all_may;
  }
};

Reader reader_of(uid_t user) {
  Reader reader{user, {}};
  std::array<char, 16'384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return reader;
  int count = 64;
  reader.groups.resize(static_cast<std::size_t>(count));
  // Groups that do not fit are left out: he can then read less.
  ::getgrouplist(entry.pw_name, entry.pw_gid, reader.groups.data(), &count);
  reader.groups.resize(std::min(reader.groups.size(), static_cast<std::size_t>(count)));
  return reader;
}

std::vector<Reader> foreign_authors(const Path& text) {
  struct stat file {};
  if (::lstat(text.c_str(), &file) != 0) return {};
  std::vector<Reader> authors;
  if (file.st_uid != 0 && file.st_uid != ::geteuid()) authors.push_back(reader_of(file.st_uid));
  const bool group_may_write =
      (file.st_mode & S_IWGRP) != 0 &&
      (!is_private_group(file.st_uid, file.st_gid) || has_access_list(AT_FDCWD, text.c_str()));
  if (group_may_write) authors.push_back({std::nullopt, {file.st_gid}});
  if ((file.st_mode & S_IWOTH) != 0) authors.push_back({std::nullopt, {}});
  return authors;
}

bool could_read(const Reader& reader, const Path& named) {
  Path way;
  for (const Path& part : named) {
    way /= part;
    struct stat found {};
    if (::lstat(way.c_str(), &found) != 0) return errno == ENOENT || errno == ENOTDIR;
    const unsigned bits = S_ISDIR(found.st_mode) ? 1 : 4;
    if (!reader.may(found, bits, has_access_list(AT_FDCWD, way.c_str()))) return false;
  }
  return true;
}

}  // namespace

bool has_foreign_author(const Path& text) {
  return !foreign_authors(text).empty();
}

bool author_could_read(const Path& text, const Path& named) {
  const auto authors = foreign_authors(text);
  if (authors.empty()) return true;
  std::error_code nowhere;
  const Path real = std::filesystem::canonical(named, nowhere);
  const Path looked_at = nowhere ? named : real;
  return std::ranges::all_of(
      authors, [&](const Reader& author) { return could_read(author, looked_at); });
}

}  // namespace xppkg::fs
