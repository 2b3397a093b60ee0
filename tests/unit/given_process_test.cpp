// The inherited environment of the process (docs/SAFETY.md, J): a library takes it as it is, and
// leaves it so.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/json.hpp"
#include "base/translated.hpp"
#include "base/utf8.hpp"
#include "failure.hpp"
#include "fs/settled_call.hpp"
#include "fs/system.hpp"
#include "temp_folder.hpp"

namespace xppkg {
namespace {

using test::error_of;
using test::TempFolder;

template <typename Exception>
std::string meaning_of(const Exception& exception) {
  return error_of([&] { translated([&] { throw exception; }); });
}

std::string meaning_of_number(int number) {
  return meaning_of(std::system_error(number, std::generic_category()));
}

bool is_open(int stream) {
  return ::fcntl(stream, F_GETFD) >= 0;
}

/// Closed while this object lives.
class ClosedInput {
 public:
  ClosedInput() : kept_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100)) { ::close(STDIN_FILENO); }
  ~ClosedInput() {
    ::dup2(kept_, STDIN_FILENO);
    ::close(kept_);
  }
  ClosedInput(const ClosedInput&) = delete;
  ClosedInput& operator=(const ClosedInput&) = delete;

 private:
  int kept_;
};

/// A pipe that nobody reads.
class BrokenPipe {
 public:
  BrokenPipe() {
    BOOST_REQUIRE(::pipe(ends_.data()) == 0);
    ::close(ends_[0]);
  }
  ~BrokenPipe() { ::close(ends_[1]); }
  BrokenPipe(const BrokenPipe&) = delete;
  BrokenPipe& operator=(const BrokenPipe&) = delete;
  /// The number of the error.
  [[nodiscard]] int write() const { return ::write(ends_[1], "x", 1) == 1 ? 0 : errno; }

 private:
  std::array<int, 2> ends_{};
};

sigset_t blocked_signals() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return blocked;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(given_process)

BOOST_AUTO_TEST_CASE(state_of_the_world_is_never_an_internal_error) {
  BOOST_TEST(meaning_of(std::bad_alloc()) == "process.limit");
  BOOST_TEST(meaning_of(std::length_error("vector")) == "process.limit");
  for (const int number : {EAGAIN, ENOMEM, EMFILE, ENFILE}) {
    BOOST_TEST(meaning_of_number(number) == "process.limit");
  }
  for (const int number : {EIO, ENOENT, EFBIG, ENOTDIR}) {
    BOOST_TEST(meaning_of_number(number) == "io.failed");
  }
  for (const int number : {ENOSPC, EDQUOT}) {
    BOOST_TEST(meaning_of_number(number) == "space.insufficient");
  }
  for (const int number : {EACCES, EPERM, EROFS}) {
    BOOST_TEST(meaning_of_number(number) == "rights.denied");
  }
  for (const int number : {EBUSY, ETXTBSY}) BOOST_TEST(meaning_of_number(number) == "use.busy");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_a_wrong_argument_where_json_would_hold_it) {
  BOOST_TEST(error_of([] {
               translated([] { return pretty({{"name", "gr\xf6sse"}}); });
             }) == "usage.invalid");
}

BOOST_AUTO_TEST_CASE(our_own_mistakes_stay_internal_errors) {
  BOOST_TEST(meaning_of(std::logic_error("a mistake")) == "internal");
  BOOST_TEST(meaning_of(Error(Code::use_busy)) == "use.busy");
  BOOST_TEST(translated([] { return 7; }) == 7);
}

BOOST_AUTO_TEST_CASE(folder_that_is_lost_is_told_with_its_path) {
  try {
    translated([] { return std::filesystem::file_size("/no/such/file"); });
    BOOST_FAIL("no error");
  } catch (const Error& error) {
    BOOST_TEST(error.fact("path") == "/no/such/file");
    BOOST_TEST(error.fact("cause") == "No such file or directory");
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_known) {
  BOOST_TEST(is_utf8(""));
  BOOST_TEST(is_utf8("gr\u00f6\u00dfe \U0001f600"));
  for (const char* wrong : {"\xf6", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    BOOST_TEST(!is_utf8(wrong));
  }
  BOOST_TEST(as_utf8("gr\xf6sse") == "gr?sse");
  BOOST_TEST(first_utf8_character("\u00f6x")->point == 0xf6U);
  BOOST_TEST(first_utf8_character("\u00f6x")->bytes == 2U);
}

BOOST_AUTO_TEST_CASE(closed_stream_leads_nowhere_during_a_call_and_is_closed_afterwards) {
  const ClosedInput closed;
  {
    const fs::SettledCall outer;
    {
      const fs::SettledCall inner;
      BOOST_TEST(is_open(STDIN_FILENO));
    }
    BOOST_TEST(is_open(STDIN_FILENO));
    const int file = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    BOOST_TEST(file > STDERR_FILENO);
    ::close(file);
  }
  BOOST_TEST(!is_open(STDIN_FILENO));
}

BOOST_AUTO_TEST_CASE(stream_that_the_application_opened_during_a_call_stays_open) {
  const TempFolder folder;
  const ClosedInput closed;
  {
    const fs::SettledCall call;
    const int file = ::open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(file, STDIN_FILENO);
    ::close(file);
  }
  BOOST_TEST(is_open(STDIN_FILENO));
}

BOOST_AUTO_TEST_CASE(connection_that_ended_is_an_error_and_signals_are_as_before) {
  // A library of this program blocks the first of them from its start.
  const sigset_t before = blocked_signals();
  sigset_t both;
  ::sigemptyset(&both);
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaddset(&both, number);
  ::pthread_sigmask(SIG_UNBLOCK, &both, nullptr);
  const BrokenPipe pipe;
  {
    const fs::SettledCall call;
    BOOST_TEST(pipe.write() == EPIPE);
  }
  const sigset_t blocked = blocked_signals();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  BOOST_TEST(::sigismember(&blocked, SIGPIPE) == 0);
  BOOST_TEST(::sigismember(&blocked, SIGXFSZ) == 0);
  sigset_t pending;
  ::sigpending(&pending);
  BOOST_TEST(::sigismember(&pending, SIGPIPE) == 0);
}

BOOST_AUTO_TEST_CASE(limit_on_the_size_of_files_is_an_error_of_writing) {
  const TempFolder folder;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  std::string told;
  {
    const fs::SettledCall call;
    const auto file = fs::native().create(folder / "file", 0600);
    ::setrlimit(RLIMIT_FSIZE, &small);
    told = error_of([&] { file->write(Bytes(5000)); });
    ::setrlimit(RLIMIT_FSIZE, &before);
  }
  BOOST_TEST(told == "io.failed");
}

BOOST_AUTO_TEST_CASE(name_of_the_user_is_the_systems) {
  const std::string name = fs::user_name();
  ::setenv("USER", "somebody else", 1);
  BOOST_TEST(fs::user_name() == name);
  BOOST_TEST(!name.empty());
}

BOOST_AUTO_TEST_CASE(root_keeps_nothing_with_whose_variables_it_was_left) {
  if (::geteuid() != 0) return;
  const TempFolder folder;
  ::setenv("XDG_DATA_HOME", (folder / "data").c_str(), 1);
  BOOST_TEST(fs::users_data_folder() == folder / "data");
  const fs::Path home = folder / "home";
  fs::native().make_directory(home, 0755);
  BOOST_REQUIRE(::chown(home.c_str(), 54321, 54321) == 0);
  for (const fs::Path& data : {home, home / ".local/share"}) {
    ::setenv("XDG_DATA_HOME", data.c_str(), 1);
    ::setenv("HOME", home.c_str(), 1);
    BOOST_TEST(fs::users_data_folder() != data);
  }
  ::unsetenv("XDG_DATA_HOME");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
