#include "cli/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "cli/output.hpp"
#include "cli/process.hpp"
#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int number) {
  if (interrupted != 0) {
    clear_progress_in_handler();
    ::_exit(128 + number);
  }
  interrupted = 1;
}

void end_if_interrupted() {
  if (interrupted != 0) throw Error(Code::cancelled);
}

/// Reads a line as it is typed, without its end; empty at the end of input. Throws Error{cancelled}
/// as soon as somebody asks us to end.
std::string read_line(int file) {
  constexpr std::size_t kMost = 4096;
  constexpr int kLookEvery = 100;  // milliseconds: a signal may come just before the wait
  std::string line;
  // No second copy stays behind in memory where the text grows.
  line.reserve(kMost);
  while (line.size() < kMost) {
    end_if_interrupted();
    pollfd waited{file, POLLIN, 0};
    const int ready = ::poll(&waited, 1, kLookEvery);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    char c = 0;
    const ssize_t got = ::read(file, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || c == '\n') break;
    line += c;
  }
  end_if_interrupted();
  return line;
}

/// The terminal itself, whatever standard input is; without echo while this object lives. Keys that
/// would end or stop us without a word are no such keys meanwhile: they would leave it so.
class SilentTerminal {
 public:
  SilentTerminal() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (file_ < 0) throw Error(Code::usage_passphrase, {{"cause", "there is no terminal to ask"}});
    ::tcgetattr(file_, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_cc[VQUIT] = _POSIX_VDISABLE;
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(file_, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    ::tcsetattr(file_, TCSAFLUSH, &before_);
    write("\n");
    ::close(file_);
  }

  void write(const std::string& text) const {
    // A prompt that cannot be shown is no reason not to read.
    if (::write(file_, text.data(), text.size()) < 0) return;
  }

  [[nodiscard]] std::string read() const { return read_line(file_); }

 private:
  int file_;
  termios before_{};
};

}  // namespace

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (kind == nullptr || std::string_view(kind) != "dumb");
}

bool stdout_is_terminal() {
  static const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return is_terminal;
}

int terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string ask_passphrase(const std::string& prompt) {
  end_if_interrupted();
  clear_progress();
  const SilentTerminal terminal;
  terminal.write(visible(prompt));
  return terminal.read();
}

bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::string ask(const std::string& question) {
  end_if_interrupted();
  clear_progress();
  write_to_terminal(visible(question));
  return read_line(STDIN_FILENO);
}

void write_to_terminal(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

int write_to_output(std::string_view text) {
  constexpr int kLookEvery = 100;  // milliseconds: a signal may come just before the wait
  while (!text.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, text.data(), text.size());
    if (put == 0) return EIO;
    if (put > 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    const int error = errno;
    const bool is_for_now = error == EINTR || error == EAGAIN;
    if (!is_for_now || interrupted != 0) return error;
    pollfd waited{STDOUT_FILENO, POLLOUT, 0};
    if (error == EAGAIN) ::poll(&waited, 1, kLookEvery);
  }
  return 0;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!was_ignored(number)) ::sigaction(number, &action, nullptr);
  }
}

bool was_interrupted() {
  return interrupted != 0;
}

void wait_unless_cancelled(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kLookEvery{100};
  for (; time > time.zero(); time -= kLookEvery) {
    end_if_interrupted();
    std::this_thread::sleep_for(std::min(time, kLookEvery));
  }
  end_if_interrupted();
}

}  // namespace xppkg::cli
