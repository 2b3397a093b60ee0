#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "fs/files.hpp"
#include "fs/forwarding_file_system.hpp"
#include "install/preflight.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

/// A disk like FAT in some settings: it takes no names beyond ASCII, no symbolic links, and no name
/// over 200 bytes. Or it lies about names, or one of its folders is another volume
/// or another user's.
class NarrowFileSystem final : public fs::ForwardingFileSystem {
 public:
  NarrowFileSystem() : ForwardingFileSystem(fs::native()) {}

  bool is_narrow = true;
  bool changes_names = false;
  std::uint64_t file_bytes = std::numeric_limits<std::uint32_t>::max();
  fs::Path other_volume;
  fs::Path of_another_user;

  std::unique_ptr<fs::WriteFile> create(const fs::Path& path, std::uint32_t mode) override {
    const std::string name = fs::to_utf8(path.filename());
    const bool is_ascii =
        std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (is_narrow && (!is_ascii || name.size() > 200)) {
      throw Error(Code::io_failed, {{"cause", "Invalid argument"}});
    }
    return disk_.create(changes_names ? path.parent_path() / "CHANGED" : path, mode);
  }
  void make_symlink(const fs::Path& path, const std::string& target) override {
    if (is_narrow) throw Error(Code::rights_denied, {{"cause", "Operation not permitted"}});
    disk_.make_symlink(path, target);
  }
  std::optional<fs::Stat> stat(const fs::Path& path) override {
    auto found = disk_.stat(path);
    if (found && !other_volume.empty() && path == other_volume) ++found->device;
    if (found && !of_another_user.empty() && path == of_another_user) found->is_own = false;
    return found;
  }
  fs::VolumeLimits limits(const fs::Path& folder) override {
    fs::VolumeLimits limits = disk_.limits(folder);
    limits.file_bytes = file_bytes;
    return limits;
  }
  bool may_write(const fs::Path& folder) override {
    return folder != of_another_user && disk_.may_write(folder);
  }
};

struct Preflight : VendorAndWorkstation {
  Preflight() {
    vendor.add("1", tree_of("file bin/app 755 = one\nfile lib/a = one\nfolder empty"));
    pc.install("1");
  }

  /// A release of this tree.
  const manifest::Manifest& release(const std::string& words) {
    return vendor.add(std::to_string(++releases), tree_of(words));
  }

  /// The id of the error for a way from release 1 to another; `error` has the facts.
  std::string check(const manifest::Manifest& wanted, const fs::Path& root = {}) {
    const install::Layout layout = root.empty() ? pc.layout() : install::Layout{root};
    const Picture before = picture_of(layout.root);
    std::string id;
    try {
      install::check_disk(disk, layout, &vendor.release("1"), verified, wanted);
    } catch (const Error& thrown) {
      error = thrown;
      id = info(thrown.code()).id;
    }
    require_untouched(layout, before);
    return id;
  }
  std::string check(const std::string& words, const fs::Path& root = {}) {
    return check(release(words), root);
  }

  void require_untouched(const install::Layout& layout, const Picture& before) {
    BOOST_TEST(differences(before, picture_of(layout.root)) == "");
    BOOST_TEST(!fs::native().stat(layout.probe()).has_value());
  }

  const std::string kSame = "file bin/app 755 = one\nfile lib/a = one\nfolder empty\n";
  NarrowFileSystem disk;
  install::Verified verified;
  Error error{Code::internal};
  int releases = 1;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(preflight, Preflight)

BOOST_AUTO_TEST_CASE(names_that_every_disk_takes_are_not_tried) {
  BOOST_TEST(check(kSame + "file A-Za_z.0-9 = new\nfile " + std::string(143, 'n') + " = new") ==
             "");
}

BOOST_AUTO_TEST_CASE(name_that_the_file_system_does_not_take_is_told_with_its_path) {
  const std::string long_name(201, 'n');
  for (const std::string& name : {std::string("gr\u00fc\u00dfe"), long_name}) {
    BOOST_TEST(check(kSame + "file share/" + name + " = new") == "disk.unsuitable");
    BOOST_TEST(error.fact("path") == fs::to_utf8(pc / ("share/" + name)));
    BOOST_TEST(error.fact("reason").find("Invalid argument") != std::string::npos);
    disk.is_narrow = false;
    BOOST_TEST(check(kSame + "file share/" + name + " = new") == "");
    disk.is_narrow = true;
  }
}

BOOST_AUTO_TEST_CASE(name_that_comes_out_as_another_is_told) {
  disk.is_narrow = false;
  disk.changes_names = true;
  BOOST_TEST(check(kSame + "file gr\u00fc\u00dfe = new") == "disk.unsuitable");
}

BOOST_AUTO_TEST_CASE(links_on_a_disk_without_links_are_told) {
  BOOST_TEST(check(kSame + "link bin/current -> app") == "disk.unsuitable");
  BOOST_TEST(error.fact("path") == fs::to_utf8(pc / "bin/current"));
}

BOOST_AUTO_TEST_CASE(file_that_is_too_large_for_the_file_system_is_told) {
  const std::string larger = kSame + "file large = " + std::string(20, 'x');
  disk.file_bytes = 20;
  BOOST_TEST(check(larger) == "");
  disk.file_bytes = 19;
  BOOST_TEST(check(larger) == "disk.unsuitable");
  BOOST_TEST(error.fact("path") == fs::to_utf8(pc / "large"));
  BOOST_TEST(error.fact("reason") == "the file has 20 bytes, and this disk takes 19");
}

BOOST_AUTO_TEST_CASE(names_that_are_there_already_are_not_tried) {
  vendor.add("1", tree_of(kSame + "file gr\u00fc\u00dfe = one\nlink bin/current -> app"));
  pc.repair("1");
  BOOST_TEST(check(kSame + "file gr\u00fc\u00dfe = two\nlink bin/current -> ../lib/a") == "");
}

BOOST_AUTO_TEST_CASE(path_that_is_too_long_on_this_disk_is_told) {
  fs::Path deep = folder.path();
  while (deep.string().size() < 3600) {
    deep /= std::string(100, 'd');
    fs::native().make_directory(deep, 0755);
  }
  copy_tree(pc.layout().root, deep / "pc");
  const std::size_t limit = disk.limits(deep).path_bytes;
  const std::size_t fits = limit - (deep / "pc/").string().size();
  disk.is_narrow = false;
  const auto path_of = [](std::size_t bytes) {
    std::string path;
    while (bytes > 201) {
      path += std::string(199, 'p') + "/";
      bytes -= 200;
    }
    return path + std::string(bytes, 'p');
  };
  BOOST_TEST(check(kSame + "file " + path_of(fits) + " = new", deep / "pc") == "");
  BOOST_TEST(check(kSame + "file " + path_of(fits + 1) + " = new", deep / "pc") ==
             "disk.unsuitable");
  BOOST_TEST(error.fact("reason") ==
             fmt::format("the name has {} bytes, and this disk takes {}", limit + 1, limit));
}

BOOST_AUTO_TEST_CASE(folder_on_another_volume_is_told_where_names_in_it_change) {
  disk.other_volume = pc / "lib";
  BOOST_TEST(check(kSame + "file bin/new = new") == "");
  BOOST_TEST(check("file bin/app 755 = one\nfile lib/a = two\nfolder empty") == "disk.unsuitable");
  BOOST_TEST(error.fact("path") == fs::to_utf8(pc / "lib"));
  BOOST_TEST(check("file bin/app 755 = one\nfolder empty") == "disk.unsuitable");
  verified.differences = {{"lib/a", Finding::changed}};
  BOOST_TEST(check(kSame) == "disk.unsuitable");
}

BOOST_AUTO_TEST_CASE(folder_of_another_user_is_told_where_names_in_it_change) {
  disk.of_another_user = pc / "lib";
  BOOST_TEST(check(kSame + "file new = new") == "");
  for (const char* inside : {"file lib/new = new", "file lib/deeper/new = new"}) {
    BOOST_TEST(check(kSame + inside) == "rights.denied");
    BOOST_TEST(error.fact("folder") == fs::to_utf8(pc / "lib"));
  }
  disk.of_another_user = pc.layout().downloads();
  disk.make_directory(disk.of_another_user, 0755);
  BOOST_TEST(check(kSame) == "rights.denied");
}

BOOST_AUTO_TEST_CASE(own_folder_that_is_sealed_is_no_hindrance) {
  disk.set_mode(pc / "lib", 0555);
  BOOST_TEST(check(kSame + "file lib/new = new") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
