#pragma once

#include "case_blind_file_system.hpp"
#include "fs/files.hpp"
#include "releases.hpp"
#include "temp_folder.hpp"

namespace xppkg::test {

/// Two releases that differ in the case of their names, in every kind of entry, and an installation
/// on a disk that takes both for one.
struct SpellingCase {
  SpellingCase() {
    vendor.add("1", tree_of(R"(
      file Readme = the same in both
      file Changed.TXT = one
      file plain = stays
      file Program 755 = gets another mode
      link Current -> plain
      folder Docs
      file Docs/Manual = the same in both
      file Docs/old = only in one
      folder Docs/Deep/Er 700
      file Docs/Deep/Er/File = one
      folder Sealed 555
      file Sealed/Inner 444 = one
      file Soon-Folder = a file
      folder Soon-File
      file Soon-File/x = in a folder
      config Settings.ini = of the vendor
    )"));
    vendor.add("2", tree_of(R"(
      file README = the same in both
      file changed.txt = two
      file plain = stays
      file PROGRAM 700 = gets another mode
      link current -> plain
      folder docs
      file docs/MANUAL = the same in both
      file docs/new = only in two
      folder docs/deep/er 755
      file docs/deep/er/file = two
      folder sealed 555
      file sealed/inner 444 = two
      file soon-folder/x = in a folder
      file soon-file = a file
      config settings.ini = of the vendor
    )"));
    fs::make_directories(fs::native(), layout.state());
    const Hop hop{nullptr, &vendor.release("1"), vendor.full("1")};
    update(fs::native(), layout, nullptr, {&hop, 1});
  }

  /// By a delta, on the given disk.
  void go(fs::FileSystem& on, const install::Layout& where, const std::string& from,
          const std::string& to) {
    const Hop hop{&vendor.release(from), &vendor.release(to), vendor.delta(from, to)};
    update(on, where, hop.base, {&hop, 1});
  }

  TempFolder folder;
  Vendor vendor{folder / "vendor"};
  install::Layout layout{folder / "pc"};
  CaseBlindFileSystem disk{layout.root};
};

}  // namespace xppkg::test
