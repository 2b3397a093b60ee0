#include "temp_folder.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {
namespace {

constexpr ::uid_t kNobody = 65534;

void copy_folder(fs::FileSystem& disk, const fs::Path& from, const fs::Path& to) {
  disk.make_directory(to, 0700);
  for (const fs::Path& name : disk.list(from)) copy_tree(from / name, to / name);
  disk.set_mode(to, disk.stat(from)->mode);
}

}  // namespace

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "xppkg-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TempFolder::~TempFolder() {
  try {
    fs::remove_tree(fs::native(), path_);
  } catch (const Error&) {
    // It lies in the system's folder for such things.
  }
}

void write_text(const fs::Path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string read_text(const fs::Path& path) {
  return std::string(as_text(fs::read_file(fs::native(), path, 64 * 1024 * 1024)));
}

void copy_tree(const fs::Path& from, const fs::Path& to) {
  fs::FileSystem& disk = fs::native();
  const fs::Stat found = disk.stat(from).value();
  if (found.kind == fs::Kind::directory) return copy_folder(disk, from, to);
  if (found.kind == fs::Kind::symlink) return disk.make_symlink(to, disk.read_link(from));
  disk.create(to, found.mode)->write(fs::read_file(disk, from, found.size));
}

OrdinaryUser::OrdinaryUser() {
  if (::geteuid() == 0) changed_ = ::setegid(kNobody) == 0 && ::seteuid(kNobody) == 0;
}

OrdinaryUser::~OrdinaryUser() {
  if (changed_ && (::seteuid(0) != 0 || ::setegid(0) != 0)) std::abort();
}

}  // namespace xppkg::test
