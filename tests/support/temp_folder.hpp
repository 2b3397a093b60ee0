#pragma once

#include <string>

#include "fs/file_system.hpp"

namespace xppkg::test {

/// A new empty folder that is removed with all below it, read-only folders too.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  [[nodiscard]] const fs::Path& path() const { return path_; }
  [[nodiscard]] fs::Path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::Path path_;
};

void write_text(const fs::Path& path, const std::string& text);
std::string read_text(const fs::Path& path);
/// A copy with all modes and links; `to` must not exist.
void copy_tree(const fs::Path& from, const fs::Path& to);

/// While it lives, a test that root runs has the rights of an ordinary user: read-only folders
/// refuse him.
class OrdinaryUser {
 public:
  OrdinaryUser();
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser();

 private:
  bool changed_ = false;
};

}  // namespace xppkg::test
