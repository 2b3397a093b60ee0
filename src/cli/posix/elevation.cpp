#include "cli/elevation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "child.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "xppkg/error.hpp"

#ifdef __linux__
#include <linux/close_range.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif

namespace xppkg::cli {
namespace {

constexpr const char* kPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t kMaxPassword = 4096;
constexpr std::size_t kMaxLine = 16 * 1024 * 1024;
/// The exit status of pkexec where it could not ask: there is no polkit, or nobody to be asked.
constexpr int kCouldNotAsk = 127;

[[noreturn]] void refused(const std::string& user, const std::string& cause) {
  if (was_interrupted()) throw Error(Code::cancelled);
  throw Error(Code::rights_refused, {{"user", user}, {"cause", cause}});
}

/// A password, gone from memory at the end.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() {
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string program_path() {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0 || static_cast<std::size_t>(length) == buffer.size()) {
#ifdef __linux__
    // Without /proc: as our caller named it. He could name any program to the other user.
    const auto* named = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    if (named != nullptr && *named == '/') return named;
#endif
    throw Error(Code::rights_refused, {{"cause", "the path of this program is not known"}});
  }
  return {buffer.data(), static_cast<std::size_t>(length)};
}

// Never looked for in PATH, which the caller sets.
std::optional<std::string> find_program(const char* name) {
  for (const char* folder : {"/usr/bin/", "/bin/"}) {
    std::string path = std::string(folder) + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

/// Cuts what comes into lines. One that is too long is left out.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& take) : take_(take) {}
  void add(std::string_view bytes) {
    rest_.append(bytes);
    std::size_t end = 0;
    while ((end = rest_.find('\n')) != std::string::npos) {
      any_ = true;
      if (!is_too_long_) take_(std::string_view(rest_).substr(0, end));
      is_too_long_ = false;
      rest_.erase(0, end + 1);
    }
    if (rest_.size() <= kMaxLine) return;
    is_too_long_ = true;
    rest_.clear();
  }
  [[nodiscard]] bool any() const { return any_; }

 private:
  const std::function<void(std::string_view)>& take_;
  std::string rest_;
  bool is_too_long_ = false;
  bool any_ = false;
};

/// Reads what is there; empty at the end.
std::string read_some(int file) {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  do {
    got = ::read(file, buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

Secret ask_program(const Elevation& elevation, const std::string& question) {
  Child program({elevation.askpass, question}, "", nullptr);
  std::string line;
  line.reserve(2 * kMaxPassword);
  for (std::string some; line.size() < kMaxPassword; line += some) {
    some = read_some(program.output());
    if (some.empty()) break;
  }
  line.resize(std::min(line.find('\n'), line.size()));
  if (program.wait() != 0) refused(elevation.user, "the program that asks for the password failed");
  return Secret(std::move(line));
}

Secret ask_at_terminal(const std::string& user, const std::string& question) {
  try {
    return Secret(ask_passphrase(question));
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    refused(user, "there is neither a terminal nor --askpass to ask for the password");
  }
}

/// A terminal of which we are the person in front. Nothing that is typed is shown.
class OurTerminal {
 public:
  OurTerminal() : file_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (file_.get() < 0 || ::grantpt(file_.get()) != 0 || ::unlockpt(file_.get()) != 0) {
      throw Error(Code::rights_refused, {{"cause", "no terminal can be made"}});
    }
    path_ = ::ptsname(file_.get());
    termios silent{};
    if (::tcgetattr(file_.get(), &silent) != 0) return;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(file_.get(), TCSANOW, &silent);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int get() const { return file_.get(); }
  void type(const Secret& secret) const {
    if (::write(file_.get(), secret.text().data(), secret.text().size()) < 0 ||
        ::write(file_.get(), "\n", 1) < 0) {
      return;  // It has ended, and says why.
    }
  }
  void hang_up() { file_.close(); }

 private:
  File file_;
  std::string path_;
};

/// Ends a process that waits for an answer at the terminal, however this scope is left.
class HangUpAtEnd {
 public:
  explicit HangUpAtEnd(OurTerminal& terminal) : terminal_(terminal) {}
  HangUpAtEnd(const HangUpAtEnd&) = delete;
  HangUpAtEnd& operator=(const HangUpAtEnd&) = delete;
  ~HangUpAtEnd() { terminal_.hang_up(); }

 private:
  OurTerminal& terminal_;
};

/// The talk with su: it asks once, we answer once.
class Talk {
 public:
  Talk(const Elevation& elevation, const std::string& question)
      : elevation_(elevation), question_(question) {}

  /// False: it asks again, so the answer was not the right one.
  bool hear(const std::string& said, const OurTerminal& terminal) {
    said_ += said;
    if (said_.size() > kMaxPassword) said_.erase(0, said_.size() - kMaxPassword);
    if (said.empty() || !said_.ends_with(": ")) return true;
    if (is_answered_) return false;
    is_answered_ = true;
    said_.clear();
    terminal.type(elevation_.askpass.empty() ? ask_at_terminal(elevation_.user, question_)
                                             : ask_program(elevation_, question_));
    return true;
  }

  /// The last line that it said.
  [[nodiscard]] std::string last_line() const {
    const std::size_t end = said_.find_last_not_of("\r\n ");
    if (end == std::string::npos) return {};
    const std::size_t begin = said_.find_last_of("\r\n", end);
    return said_.substr(begin == std::string::npos ? 0 : begin + 1,
                        end - (begin == std::string::npos ? 0 : begin + 1) + 1);
  }

 private:
  const Elevation& elevation_;
  const std::string& question_;
  std::string said_;
  bool is_answered_ = false;
};

void run_by_su(const Elevation& elevation, const std::vector<std::string>& words,
               const std::string& question, Lines& lines) {
  const auto su = find_program("su");
  if (!su) refused(elevation.user, "there is no program su");
  // The shell only starts our program: nothing of it is read as a command.
  std::vector<std::string> command{*su,  "-s",          "/bin/sh", "-c", "exec \"$0\" \"$@\"",
                                   "--", elevation.user};
  command.insert(command.end(), words.begin(), words.end());
  const std::vector<std::string> environment{kPath, "LC_ALL=C", "TERM=dumb"};
  OurTerminal terminal;
  Child child(command, terminal.path(), &environment);
  const HangUpAtEnd at_end(terminal);
  Talk talk(elevation, question);
  std::array<pollfd, 2> files{{{terminal.get(), POLLIN, 0}, {child.output(), POLLIN, 0}}};
  while (files[1].fd >= 0) {
    const int ready = ::poll(files.data(), files.size(), -1);
    if (was_interrupted() && files[0].fd >= 0) {
      terminal.hang_up();
      files[0].fd = -1;
      continue;
    }
    if (ready <= 0) continue;
    if (files[0].fd >= 0 && files[0].revents != 0) {
      const std::string said = read_some(files[0].fd);
      if (said.empty() || !talk.hear(said, terminal)) {
        terminal.hang_up();
        files[0].fd = -1;
      }
    }
    if (files[1].revents != 0) {
      const std::string written = read_some(files[1].fd);
      if (written.empty()) files[1].fd = -1;
      lines.add(written);
    }
  }
  if (!lines.any()) {
    child.wait();
    refused(elevation.user, talk.last_line());
  }
}

/// False: polkit cannot be asked here.
bool run_by_pkexec(const Elevation& elevation, const std::vector<std::string>& words,
                   Lines& lines) {
  const auto pkexec = find_program("pkexec");
  if (!pkexec) return false;
  std::vector<std::string> command{*pkexec, "--user", elevation.user};
  command.insert(command.end(), words.begin(), words.end());
  const std::vector<std::string> environment{kPath, "LC_ALL=C"};
  Child child(command, "", &environment);
  for (std::string some; !(some = read_some(child.output())).empty();) lines.add(some);
  const int status = child.wait();
  if (lines.any()) return true;
  if (status == kCouldNotAsk) return false;
  refused(elevation.user, fmt::format("pkexec ended with {}", status));
}

}  // namespace

void run_elevated(const Elevation& elevation, const std::vector<std::string>& arguments,
                  const std::string& question, const std::function<void(std::string_view)>& take) {
  clear_progress();
  std::vector<std::string> words{program_path()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Lines lines(take);
  // polkit has its own way to ask; who names a program to ask with wants su.
  const bool may_be_polkit = elevation.way == "auto" && elevation.askpass.empty();
  if (may_be_polkit || elevation.way == "pkexec") {
    if (run_by_pkexec(elevation, words, lines)) return;
    if (elevation.way == "pkexec")
      refused(elevation.user, "polkit refused them, or cannot be asked here");
  }
  run_by_su(elevation, words, question, lines);
}

void drop_what_the_caller_gave() {
  ::clearenv();
  ::setenv("PATH", kPath + std::strlen("PATH="), 1);
  ::umask(022);
  if (::chdir("/") != 0) throw Error(Code::io_failed, {{"operation", "go to"}, {"path", "/"}});
#ifdef __linux__
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0) return;
#endif
  const long most = ::sysconf(_SC_OPEN_MAX);
  for (int number = STDERR_FILENO + 1; number < most; ++number) ::close(number);
}

std::string real_path(const std::string& folder) {
  char* found = ::realpath(folder.c_str(), nullptr);
  if (found == nullptr) return folder;
  std::string path = found;
  ::free(found);  // NOLINT: made by realpath
  return path;
}

bool is_administrator() {
  return ::geteuid() == 0;
}

}  // namespace xppkg::cli
