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

#include "open_file.hpp"
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

int descriptor_of(const RandomReader& reader) {
  const auto* file = dynamic_cast<const OpenFile*>(&reader);
  return file == nullptr ? -1 : file->descriptor();
}

/// Where an open file lies now; as it was named where the system does not tell.
Path place_of(int file, const Path& named) {
  std::error_code unknown;
  const Path link = "/proc/self/fd/" + std::to_string(file);
  Path place = std::filesystem::read_symlink(link, unknown);
  if (unknown) place = std::filesystem::canonical(named, unknown);
  return unknown ? Path() : place;
}

/// True if the name leads to the open file itself.
bool leads_to(const Path& place, const struct stat& file) {
  struct stat found {};
  return ::lstat(place.c_str(), &found) == 0 && found.st_dev == file.st_dev &&
         found.st_ino == file.st_ino;
}

}  // namespace

struct Authors::Readers {
  std::vector<Reader> all;

  [[nodiscard]] bool could_read(const Path& place) const {
    return std::ranges::all_of(all,
                               [&](const Reader& author) { return fs::could_read(author, place); });
  }
};

bool Authors::could_read(const Path& named) const {
  if (!readers_) return true;
  std::error_code nowhere;
  const Path real = std::filesystem::canonical(named, nowhere);
  return readers_->could_read(nowhere ? named : real);
}

bool Authors::could_read(const RandomReader& file, const Path& named) const {
  if (!readers_) return true;
  const int number = descriptor_of(file);
  struct stat raw {};
  if (number < 0 || ::fstat(number, &raw) != 0) return could_read(named);
  const Path place = place_of(number, named);
  return !place.empty() && readers_->could_read(place) && leads_to(place, raw);
}

Authors authors_of(const RandomReader& text) {
  struct stat file {};
  const int number = descriptor_of(text);
  if (number < 0 || ::fstat(number, &file) != 0) return {};
  std::vector<Reader> authors;
  if (file.st_uid != 0 && file.st_uid != ::geteuid()) authors.push_back(reader_of(file.st_uid));
  const bool group_may_write =
      (file.st_mode & S_IWGRP) != 0 &&
      (!is_private_group(file.st_uid, file.st_gid) || has_access_list(number));
  if (group_may_write) authors.push_back({std::nullopt, {file.st_gid}});
  if ((file.st_mode & S_IWOTH) != 0) authors.push_back({std::nullopt, {}});
  if (authors.empty()) return {};
  return Authors(std::make_shared<Authors::Readers>(Authors::Readers{std::move(authors)}));
}

}  // namespace xppkg::fs
