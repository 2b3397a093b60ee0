#include "case.hpp"

#include <fmt/format.h>

#include "fs/files.hpp"
#include "install/kept_releases.hpp"
#include "tree/scan.hpp"

namespace xppkg::test {
namespace {

const char* const kOld = R"(
file app 755 = the program, release one
file same = stays as it is
file mode 644 = gets another mode
file old-name = moves to another name
file folder-soon = becomes a folder
folder file-soon 755
file file-soon/inner = goes with its folder
file file-soon/deep/more = goes too
link link -> app
link link-soon-file -> same
file file-soon-link = becomes a link
file gone = is not in the next release
folder emptied
file emptied/only = leaves an empty folder
folder gone-folder
file gone-folder/a = goes
file gone-folder/users/b = goes, but its folder has a file of the user
folder sealed 555
file sealed/changed 444 = a read-only file in a read-only folder
file sealed/gone 444 = out of it
folder sealed-gone 555
file sealed-gone/inner 444 = goes with its sealed folder
config settings.ini = the vendor's settings, one
config untouched.ini = untouched settings, one
config dropped.ini = settings that release two has no more
)";

const char* const kNew = R"(
file app 755 = the program, release two
file same = stays as it is
file copy = stays as it is
file mode 600 = gets another mode
file new-name = moves to another name
file folder-soon/inner/deeper = in the new folder
file file-soon = a file where a folder was
link link -> same
file link-soon-file = a file where a link was
link file-soon-link -> app
folder emptied
folder sealed 555
file sealed/changed 444 = another read-only file
file sealed/fresh 444 = into it
folder sealed-fresh 555
file sealed-fresh/inner/deep 444 = in a new sealed folder
file nested/one/two/three = far down
folder empty/new/folders 700
file foreign = the release's file, in whose way another lies
link foreign-link -> app
file foreign-folder/inner = where the user has a file
config settings.ini = the vendor's settings, two
config untouched.ini = untouched settings, two
)";

const char* const kUsers = R"(
file notes = the user's own
file gone-folder/users/mine = keeps this folder
file sub/mine 600 = in the user's own folder
file foreign = not the vendor's
file foreign-link = not the vendor's either
file foreign-folder = a file where the release has a folder
file settings.ini = the user's settings
file dropped.ini = the user's settings for what is gone
)";

std::string without_mode(const std::string& what) {
  if (what.starts_with("folder")) return "folder";
  return what.starts_with("file") ? what.substr(0, what.rfind(' ')) : what;
}

std::string kind_of(const std::string& what) {
  return what.substr(0, what.find(' '));
}

/// May a name be missing between two operations? Not where both releases have the same kind.
bool may_be_missing(const std::string* old, const std::string* next) {
  return old == nullptr || next == nullptr || kind_of(*old) != kind_of(*next);
}

const std::string* look_up(const Picture& picture, const std::string& path) {
  const auto found = picture.find(path);
  return found == picture.end() ? nullptr : &found->second;
}

/// Empty if each of the vendor's config files that are kept is what its name says.
std::string broken_pristine(const install::Layout& layout, fs::FileSystem& disk) {
  if (!disk.stat(layout.pristine())) return {};
  for (const fs::Path& name : disk.list(layout.pristine())) {
    const Blake2b digest = tree::hash_file(disk, layout.pristine() / name);
    if (digest.hex() != name.string()) return "\n  a broken pristine file: " + name.string();
  }
  return {};
}

std::string version_in(const install::Layout& layout, fs::FileSystem& disk) {
  const auto installed = install::load_installed(disk, layout);
  return installed ? installed->version : "none";
}

}  // namespace

UpdateCase::UpdateCase() : vendor_(folder_ / "vendor"), before_(folder_ / "before") {
  vendor_.add("1", tree_of(kOld));
  vendor_.add("2", tree_of(kNew));
  Workstation workstation(vendor_, before_);
  workstation.install("1");
  lay(tree_of(kUsers), before_);
  picture_before_ = picture_of(before_);
  const install::Layout tried = new_copy();
  update(fs::native(), tried);
  picture_after_ = picture_of(tried.root);
  drop(tried);
}

install::Layout UpdateCase::copy_of(const fs::Path& folder) {
  const install::Layout layout{folder_ / fmt::format("copy-{}", copies_++)};
  copy_tree(folder, layout.root);
  return layout;
}

void UpdateCase::drop(const install::Layout& layout) {
  fs::remove_tree(fs::native(), layout.root);
}

void UpdateCase::update(fs::FileSystem& disk, const install::Layout& layout) const {
  Vendor& vendor = const_cast<Vendor&>(vendor_);
  const Hop hop{&vendor.release("1"), &vendor.release("2"), vendor.delta("1", "2")};
  test::update(disk, layout, hop.base, {&hop, 1});
}

std::string UpdateCase::torn_names(const install::Layout& layout, fs::FileSystem& disk) const {
  Picture expected = before();
  expected.insert(after().begin(), after().end());
  const Picture actual = picture_of(layout.root, disk);
  std::string torn;
  for (const auto& [path, unused] : expected) {
    const std::string* old = look_up(before(), path);
    const std::string* next = look_up(after(), path);
    const std::string* found = look_up(actual, path);
    if (found == nullptr) {
      if (!may_be_missing(old, next)) torn += fmt::format("\n  {} is missing", path);
      continue;
    }
    const bool whole = (old != nullptr && without_mode(*old) == without_mode(*found)) ||
                       (next != nullptr && without_mode(*next) == without_mode(*found));
    if (!whole) torn += fmt::format("\n  {} is {}", path, *found);
  }
  for (const auto& [path, what] : actual) {
    if (!expected.contains(path)) torn += fmt::format("\n  {} is not expected", path);
  }
  return torn;
}

bool UpdateCase::is_new(const install::Layout& layout) const {
  return picture_of(layout.root) == after() && version_in(layout, fs::native()) == "2";
}

std::string UpdateCase::cannot_go_back(const install::Layout& layout, fs::FileSystem& disk) const {
  const install::KeptReleases kept(disk, layout);
  const auto releases = kept.list();
  if (releases.empty() && kept_may_be_lost_) return {};
  if (releases.size() != 1 || releases[0].installed.version != "1") return "\n  1 is not kept";
  if (kept.manifest(releases[0]) != to_bytes("1")) return "\n  another manifest is kept";
  Observer observer;
  install::ContentStore contents(disk, layout);
  contents.add_sound_files(
      install::verify_folder(disk, layout, vendor_.release("2"), install::Depth::full, observer));
  contents.add_pristine();
  kept.add_to(contents);
  for (const Entry& entry : vendor_.release("1").entries) {
    if (entry.kind != EntryKind::file) continue;
    const bool is_there = contents.has(entry.digest) &&
                          tree::hash_file(disk, contents.find(entry.digest)) == entry.digest;
    if (!is_there) return fmt::format("\n  {} of 1 is not kept", entry.path.text());
  }
  return {};
}

std::string UpdateCase::neither_old_nor_new(const install::Layout& layout,
                                            fs::FileSystem& disk) const {
  const Picture actual = picture_of(layout.root, disk);
  const std::string version = version_in(layout, disk);
  const std::string broken = broken_pristine(layout, disk);
  if (!broken.empty()) return broken;
  if (actual == before() && version == "1") return {};
  if (actual == after() && version == "2") return cannot_go_back(layout, disk);
  return fmt::format("\nversion {}\nagainst old:{}\nagainst new:{}", version,
                     differences(before(), actual), differences(after(), actual));
}

}  // namespace xppkg::test
