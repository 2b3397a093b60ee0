#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "busy_file_system.hpp"
#include "failure.hpp"
#include "fs/files.hpp"
#include "fs/retrying_file_system.hpp"
#include "temp_folder.hpp"

namespace xppkg::fs {
namespace {

using test::BusyFileSystem;
using test::error_of;

/// A process that does something at its start and then lives until it is ended or this object is.
class Child {
 public:
  template <typename Begin>
  explicit Child(const Begin& begin) {
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    number_ = ::fork();
    BOOST_REQUIRE(number_ >= 0);
    if (number_ == 0) {
      const auto kept = begin();
      const char done = kept ? 'x' : '-';
      if (::write(ready[1], &done, 1) != 1) ::_exit(1);
      while (true) ::pause();
    }
    char done = '-';
    BOOST_REQUIRE(::read(ready[0], &done, 1) == 1);
    BOOST_REQUIRE(done == 'x');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] std::uint64_t pid() const { return static_cast<std::uint64_t>(number_); }
  void kill() {
    if (number_ <= 0) return;
    ::kill(number_, SIGKILL);
    ::waitpid(number_, nullptr, 0);
    number_ = 0;
  }

 private:
  pid_t number_ = 0;
};

struct Fixture {
  test::TempFolder temp;
  FileSystem& disk = native();

  [[nodiscard]] bool is_held_by(const Path& path, std::uint64_t pid) {
    for (const Holder& holder : disk.holders(path)) {
      if (holder.pid == pid) return true;
    }
    return false;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_system_and_others, Fixture)

BOOST_AUTO_TEST_CASE(shared_locks_go_together_and_keep_the_exclusive_one_out) {
  disk.create(temp / "lock", 0644);
  auto one = disk.try_share_lock(temp / "lock");
  auto two = disk.try_share_lock(temp / "lock");
  BOOST_TEST(one != nullptr);
  BOOST_TEST(two != nullptr);
  BOOST_TEST(disk.try_lock(temp / "lock") == nullptr);
  one.reset();
  BOOST_TEST(disk.try_lock(temp / "lock") == nullptr);
  two.reset();
  const auto alone = disk.try_lock(temp / "lock");
  BOOST_TEST(alone != nullptr);
  BOOST_TEST(disk.try_share_lock(temp / "lock") == nullptr);
}

BOOST_AUTO_TEST_CASE(shared_lock_needs_no_right_to_write) {
  disk.create(temp / "lock", 0444);
  disk.set_mode(temp.path(), 0555);
  {
    const test::OrdinaryUser user;
    BOOST_TEST(disk.try_share_lock(temp / "lock") != nullptr);
  }
  disk.set_mode(temp.path(), 0755);
}

BOOST_AUTO_TEST_CASE(lock_of_a_process_that_was_killed_is_free) {
  disk.create(temp / "lock", 0644);
  Child holder([&] { return disk.try_lock(temp / "lock"); });
  BOOST_TEST(disk.try_lock(temp / "lock") == nullptr);
  BOOST_TEST(disk.try_share_lock(temp / "lock") == nullptr);
  holder.kill();
  BOOST_TEST(disk.try_share_lock(temp / "lock") != nullptr);
  BOOST_TEST(disk.try_lock(temp / "lock") != nullptr);
}

#ifdef __linux__

BOOST_AUTO_TEST_CASE(who_has_a_file_open_is_named) {
  test::write_text(temp / "file", "x");
  BOOST_TEST(disk.holders(temp / "file").empty());
  BOOST_TEST(disk.holders(temp / "none").empty());
  const Child reader([&] { return disk.open_read(temp / "file"); });
  BOOST_TEST(is_held_by(temp / "file", reader.pid()));
  BOOST_TEST(disk.holders(temp / "file").size() == 1u);
  BOOST_TEST(disk.holders(temp / "file").front().program == "unit-tests");
}

BOOST_AUTO_TEST_CASE(who_runs_a_file_is_named) {
  std::filesystem::copy_file("/bin/sleep", temp / "program");
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::execl((temp / "program").c_str(), "program", "1000", nullptr);
    ::_exit(1);
  }
  const auto pid = static_cast<std::uint64_t>(child);
  for (int i = 0; i < 1000 && !is_held_by(temp / "program", pid); ++i) {
    disk.pause(std::chrono::milliseconds(5));
  }
  BOOST_TEST(is_held_by(temp / "program", pid));
  BOOST_TEST(to_text(disk.holders(temp / "program")) ==
             "program (pid " + std::to_string(child) + ")");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(disk.holders(temp / "program").empty());
}

BOOST_AUTO_TEST_CASE(holder_of_a_lock_is_named_to_users_who_may_not_look_into_it) {
  disk.create(temp / "lock", 0644);
  disk.set_mode(temp.path(), 0755);
  const Child holder([&] { return disk.try_share_lock(temp / "lock"); });
  const test::OrdinaryUser user;
  BOOST_TEST(is_held_by(temp / "lock", holder.pid()));
}

#endif

BOOST_AUTO_TEST_CASE(of_many_holders_the_first_are_told) {
  std::vector<Holder> holders;
  BOOST_TEST(to_text(holders) == "");
  for (std::uint64_t pid = 1; pid <= 6; ++pid) holders.push_back({pid, "app"});
  BOOST_TEST(to_text(holders) ==
             "app (pid 1), app (pid 2), app (pid 3), app (pid 4), app (pid 5), …");
}

BOOST_AUTO_TEST_CASE(only_what_is_in_use_is_tried_again) {
  BusyFileSystem busy;
  RetryingFileSystem patient(busy);
  BOOST_TEST(error_of([&] { patient.remove_file(temp / "none"); }) == "io.failed");
  BOOST_TEST(busy.waited().count() == 0);
  test::write_text(temp / "file", "x");
  busy.hold(temp / "file", BusyFileSystem::How::open);
  BOOST_TEST(error_of([&] { patient.remove_file(temp / "file"); }) == "use.busy");
  BOOST_TEST(busy.refusals() == static_cast<std::size_t>(RetryingFileSystem::kPauses + 1));
  BOOST_TEST(busy.waited().count() == 50 + 100 + 200 + 400 + 800 + 1600);
  busy.let_go();
  patient.remove_file(temp / "file");
  BOOST_TEST(!disk.stat(temp / "file").has_value());
}

BOOST_AUTO_TEST_CASE(volume_tells_what_it_takes) {
  BOOST_TEST(disk.space(temp.path()).free_bytes > 0u);
  const VolumeLimits limits = disk.limits(temp.path());
  BOOST_TEST(error_of([&] { disk.create(temp / std::string(limits.name_bytes, 'n'), 0644); }) ==
             "");
  BOOST_TEST(error_of([&] { disk.create(temp / std::string(limits.name_bytes + 1, 'n'), 0644); }) ==
             "io.failed");
  Path longest = temp.path();
  while (longest.string().size() + 102 <= limits.path_bytes) {
    longest /= std::string(100, 'd');
    disk.make_directory(longest, 0755);
  }
  longest /= std::string(limits.path_bytes - longest.string().size() - 1, 'f');
  BOOST_TEST(longest.string().size() == limits.path_bytes);
  BOOST_TEST(error_of([&] { disk.create(longest, 0644); }) == "");
  longest += "f";
  BOOST_TEST(error_of([&] { disk.stat(longest); }) == "io.failed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::fs
