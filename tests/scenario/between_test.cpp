// Files that somebody saves between the look at a folder and the commit (time-of-check to
// time-of-use), and in the place of ours.

#include <boost/test/unit_test.hpp>
#include <functional>

#include "fs/files.hpp"
#include "fs/forwarding_file_system.hpp"
#include "install/preflight.hpp"
#include "vendor_and_workstation.hpp"

namespace xppkg::test {
namespace {

/// The process is gone.
struct Gone {};

/// The real disk. Right after the journal is in its place somebody else does something.
class MeddlingFileSystem final : public fs::ForwardingFileSystem {
 public:
  MeddlingFileSystem(fs::Path journal, std::function<void()> meddle)
      : ForwardingFileSystem(fs::native()),
        journal_(std::move(journal)),
        meddle_(std::move(meddle)) {}

  void rename(const fs::Path& from, const fs::Path& to) override {
    disk_.rename(from, to);
    if (to == journal_) meddle_();
  }

 private:
  fs::Path journal_;
  std::function<void()> meddle_;
};

/// The real disk, on which somebody else acts in the very moment of a call.
class MomentFileSystem final : public fs::ForwardingFileSystem {
 public:
  using Act = std::function<void(const fs::Path& from, const fs::Path& to)>;
  MomentFileSystem() : ForwardingFileSystem(fs::native()) {}

  bool exchange(const fs::Path& from, const fs::Path& to) override {
    if (before_exchange) before_exchange(from, to);
    const bool is_done = disk_.exchange(from, to);
    if (after_exchange) after_exchange(from, to);
    return is_done;
  }
  void rename(const fs::Path& from, const fs::Path& to) override {
    if (before_rename) before_rename(from, to);
    disk_.rename(from, to);
  }

  Act before_exchange;
  Act after_exchange;
  Act before_rename;
};

struct Between : VendorAndWorkstation {
  Between() {
    vendor.add("1", tree_of("file app = one\nfile gone = goes\nfile same = same\nlink data -> app\n"
                            "config app.ini = vendor one\nfile app.ini.new = a template\n"
                            "file folder/inner = inner"));
    vendor.add("2", tree_of("file app = two\nfile fresh = new in two\nfile same = same\n"
                            "link data -> same\nconfig app.ini = vendor two\n"
                            "file app.ini.new = a template\nfile folder/inner = inner"));
    pc.install("1");
  }

  std::vector<Notice> update_while(const std::function<void()>& meddle) {
    MeddlingFileSystem disk(pc.layout().journal(), meddle);
    const Hop hop{&vendor.release("1"), &vendor.release("2"), vendor.delta("1", "2")};
    return test::update(disk, pc.layout(), hop.base, {&hop, 1});
  }

  std::vector<Notice> update_on(fs::FileSystem& disk) {
    const Hop hop{&vendor.release("1"), &vendor.release("2"), vendor.delta("1", "2")};
    return test::update(disk, pc.layout(), hop.base, {&hop, 1});
  }
  /// Something that is done once, when the call is for this name.
  [[nodiscard]] MomentFileSystem::Act once_at(const std::string& name,
                                              std::function<void()> act) const {
    return [=, name = pc / name, done = false](const fs::Path& from, const fs::Path& to) mutable {
      if (!done && (from == name || to == name)) {
        done = true;
        act();
      }
    };
  }

  /// As programs do that never leave half a file.
  void save_by_rename(const std::string& name, const std::string& contents) {
    write_text(pc / "saving", contents);
    fs::native().rename(pc / "saving", pc / name);
  }

  [[nodiscard]] std::string displaced(const std::string& name) const {
    return text(".xppkg/displaced/2/" + name);
  }

  void preflight(const std::string& version) {
    install::check_disk(fs::native(), pc.layout(), &vendor.release("1"), {},
                        vendor.release(version));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(between, Between)

BOOST_AUTO_TEST_CASE(file_that_is_saved_while_the_commit_runs_is_displaced_and_told) {
  const auto notices = update_while([&] { save_by_rename("app", "saved meanwhile"); });
  BOOST_TEST(has_notice(notices, "file.displaced", "app"));
  BOOST_TEST(displaced("app") == "saved meanwhile");
  BOOST_TEST(text("app") == "two");
}

BOOST_AUTO_TEST_CASE(
    file_that_is_written_in_place_while_the_commit_runs_is_displaced_and_not_kept) {
  update_while([&] { write_text(pc / "app", "written meanwhile"); });
  BOOST_TEST(displaced("app") == "written meanwhile");
  const fs::Path kept = pc.layout().kept() / "1/files";
  for (const fs::Path& name : fs::native().list(kept)) {
    BOOST_TEST(blake2b(as_bytes(read_text(kept / name))).hex() == name.string());
  }
}

BOOST_AUTO_TEST_CASE(file_that_comes_at_the_name_of_a_new_one_is_displaced_and_told) {
  const auto notices = update_while([&] { write_text(pc / "fresh", "mine"); });
  BOOST_TEST(has_notice(notices, "file.displaced", "fresh"));
  BOOST_TEST(displaced("fresh") == "mine");
  BOOST_TEST(text("fresh") == "new in two");
}

BOOST_AUTO_TEST_CASE(file_that_was_to_go_and_is_saved_meanwhile_stays) {
  update_while([&] { save_by_rename("gone", "mine now"); });
  BOOST_TEST(text("gone") == "mine now");
}

BOOST_AUTO_TEST_CASE(folder_that_comes_at_the_name_of_a_new_file_leaves_the_old_release) {
  const auto meddle = [&] {
    save_by_rename("app", "saved meanwhile");
    lay(tree_of("file fresh/mine = mine"), pc.layout().root);
  };
  BOOST_TEST(error_of([&] { update_while(meddle); }) == "tree.conflict");
  BOOST_TEST(text("app") == "saved meanwhile");
  BOOST_TEST(text("fresh/mine") == "mine");
  BOOST_TEST(text("gone") == "goes");
}

BOOST_AUTO_TEST_CASE(file_that_is_saved_before_recovery_goes_on_is_displaced) {
  BOOST_CHECK_THROW(update_while([] { throw Gone(); }), Gone);
  save_by_rename("app", "saved after the power cut");
  write_text(pc / "fresh", "mine");
  std::vector<Notice> notices;
  BOOST_TEST((install::recover(fs::native(), pc.layout(), notices) == Recovery::completed));
  BOOST_TEST(text("app") == "two");
  BOOST_TEST(displaced("app") == "saved after the power cut");
  BOOST_TEST(displaced("fresh") == "mine");
  BOOST_TEST(has_notice(notices, "file.displaced", "app"));
  BOOST_TEST(has_notice(notices, "file.displaced", "fresh"));
}

BOOST_AUTO_TEST_CASE(file_that_is_saved_in_the_moment_of_its_replacement_is_displaced_and_told) {
  MomentFileSystem disk;
  disk.before_exchange = once_at("app", [&] { save_by_rename("app", "saved right then"); });
  BOOST_TEST(has_notice(update_on(disk), "file.displaced", "app"));
  BOOST_TEST(displaced("app") == "saved right then");
  BOOST_TEST(text("app") == "two");
}

BOOST_AUTO_TEST_CASE(folder_that_comes_in_the_moment_of_a_replacement_leaves_the_old_release) {
  MomentFileSystem disk;
  disk.before_exchange = once_at("app", [&] {
    fs::native().remove_file(pc / "app");
    lay(tree_of("file app/mine = mine"), pc.layout().root);
  });
  BOOST_TEST(error_of([&] { update_on(disk); }) == "tree.conflict");
  BOOST_TEST(text("app/mine") == "mine");
  BOOST_TEST(text("gone") == "goes");
  BOOST_TEST(!is_there("fresh"));
}

BOOST_AUTO_TEST_CASE(file_that_is_saved_in_the_moment_of_its_removal_stays) {
  MomentFileSystem disk;
  disk.before_rename = once_at("gone", [&] { save_by_rename("gone", "saved right then"); });
  update_on(disk);
  BOOST_TEST(text("gone") == "saved right then");
}

BOOST_AUTO_TEST_CASE(file_that_is_saved_over_the_new_one_stays_where_the_commit_fails) {
  MomentFileSystem disk;
  disk.before_exchange = once_at(".xppkg/installed.json", [&] {
    save_by_rename("app", "saved over the new one");
    save_by_rename("fresh", "saved over the other new one");
    throw Error(Code::io_failed);
  });
  BOOST_TEST(error_of([&] { update_on(disk); }) == "io.failed");
  BOOST_TEST(text("app") == "saved over the new one");
  BOOST_TEST(text("fresh") == "saved over the other new one");
  BOOST_TEST(text("gone") == "goes");
  BOOST_TEST(!is_there(".xppkg/journal.undo"));
}

BOOST_AUTO_TEST_CASE(stop_right_after_an_exchange_is_completed_and_can_be_undone) {
  for (const bool is_undone : {true, false}) {
    MomentFileSystem disk;
    disk.after_exchange = once_at("app", [] { throw Gone(); });
    BOOST_CHECK_THROW(update_on(disk), Gone);
    MomentFileSystem again;
    if (is_undone) {
      again.before_exchange =
          once_at(".xppkg/installed.json", [] { throw Error(Code::io_failed); });
    }
    install::recover(again, pc.layout());
    BOOST_TEST(text("app") == (is_undone ? "one" : "two"));
    BOOST_TEST(!is_there(".xppkg/displaced/2/app"));
  }
}

BOOST_AUTO_TEST_CASE(what_a_program_saves_as_it_ends_is_looked_at_after_that) {
  struct Ending final : Observer {
    explicit Ending(std::function<void()> end) : end_(std::move(end)) {}
    void notice(const Notice& notice) override {
      if (notice.id == "use.waiting") end_();
    }
    std::function<void()> end_;
  };
  install::make_in_use_file(fs::native(), pc.layout());
  auto program = fs::native().try_share_lock(pc.layout().in_use());
  Ending observer([&] {
    write_text(pc / "app.ini", "my settings");
    program.reset();
  });
  install::ContentStore contents(fs::native(), pc.layout());
  install::Stager stager(fs::native(), pc.layout(), contents, observer);
  stager.begin();
  stager.apply(nullptr, vendor.release("2"), vendor.full("2"));
  const install::Installed next{"app", "2", "any", vendor.release("2").tree, 0, false, 0};
  install::FolderTransaction(fs::native(), pc.layout(), observer)
      .commit(stager.finish(vendor.release("2")), &vendor.release("1"), next, as_bytes("2"));
  BOOST_TEST(text("app.ini") == "my settings");
}

BOOST_AUTO_TEST_CASE(users_file_or_link_in_place_of_the_releases_link_is_displaced) {
  fs::native().remove_file(pc / "data");
  write_text(pc / "data", "a year of bookkeeping");
  BOOST_TEST(has_notice(pc.apply({"2"}), "file.displaced", "data"));
  BOOST_TEST(displaced("data") == "a year of bookkeeping");
  fs::native().remove_file(pc / "data");
  fs::native().make_symlink(pc / "data", "my-data");
  BOOST_TEST(has_notice(pc.apply({"1"}), "file.displaced", "data"));
  BOOST_TEST(fs::native().read_link(pc / ".xppkg/displaced/1/data") == "my-data");
}

BOOST_AUTO_TEST_CASE(edited_file_of_the_release_is_displaced_and_not_kept_as_the_releases) {
  write_text(pc / "app", "three days of work");
  write_text(pc / "gone", "an edit of a file that goes");
  const auto notices = pc.repair("2");
  BOOST_TEST(has_notice(notices, "file.displaced", "app"));
  BOOST_TEST(displaced("app") == "three days of work");
  BOOST_TEST(displaced("gone") == "an edit of a file that goes");
  BOOST_TEST(!is_there("gone"));
  const fs::Path kept = pc.layout().kept() / "1/files";
  for (const fs::Path& name : fs::native().list(kept)) {
    BOOST_TEST(blake2b(as_bytes(read_text(kept / name))).hex() == name.string());
  }
}

BOOST_AUTO_TEST_CASE(empty_file_is_damage_and_not_displaced) {
  write_text(pc / "app", "");
  BOOST_TEST(!has_notice(pc.repair("2"), "file.displaced", "app"));
  BOOST_TEST(text("app") == "two");
}

BOOST_AUTO_TEST_CASE(vendors_config_comes_under_a_name_that_no_release_has) {
  write_text(pc / "app.ini", "mine");
  fs::native().make_directory(pc / "app.ini.new-2", 0755);
  BOOST_TEST(has_notice(pc.apply({"2"}), "config.kept", "app.ini"));
  BOOST_TEST(text("app.ini.new") == "a template");
  BOOST_TEST(text("app.ini.new-3") == "vendor two");
}

BOOST_AUTO_TEST_CASE(link_in_the_place_of_a_folder_is_refused_and_nothing_changes) {
  fs::native().rename(pc / "folder", folder / "elsewhere");
  write_text(folder / "elsewhere/customers", "mine");
  fs::native().make_symlink(pc / "folder", folder / "elsewhere");
  const auto before = picture_of(pc.layout().root);
  BOOST_TEST(error_of([&] { pc.repair("2"); }) == "tree.conflict");
  BOOST_TEST(error_of([&] { preflight("2"); }) == "tree.conflict");
  BOOST_TEST(differences(before, picture_of(pc.layout().root)) == "");
  BOOST_TEST(read_text(pc / "folder/customers") == "mine");
}

BOOST_AUTO_TEST_CASE(folder_that_has_an_updater_of_its_own_is_not_written) {
  vendor.add("3", tree_of("file app = three\nfile folder/inner = changed"));
  preflight("3");
  lay(tree_of("file folder/.xppkg/config.json = {}"), pc.layout().root);
  BOOST_TEST(error_of([&] { preflight("3"); }) == "tree.conflict");
  preflight("2");  // Leaves that folder alone.
}

BOOST_AUTO_TEST_CASE(updater_in_an_outer_folder_of_what_changes_is_seen_too) {
  vendor.add("3", tree_of("file app = three\nfile folder/inner = inner\nfile folder/a/b/c = new"));
  lay(tree_of("file folder/a/mine = mine"), pc.layout().root);
  preflight("3");
  lay(tree_of("file folder/.xppkg/config.json = {}"), pc.layout().root);
  BOOST_TEST(error_of([&] { preflight("3"); }) == "tree.conflict");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
