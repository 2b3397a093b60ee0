#include "cli/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "xppkg/error.hpp"

namespace xppkg::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int number) {
  if (interrupted != 0) ::_exit(128 + number);
  interrupted = 1;
}

/// The terminal itself, whatever standard input is; without echo while this object lives.
class SilentTerminal {
 public:
  SilentTerminal() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (file_ < 0) throw Error(Code::usage_passphrase, {{"cause", "there is no terminal to ask"}});
    ::tcgetattr(file_, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
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

  [[nodiscard]] std::string read_line() const {
    std::string line;
    // No second copy stays behind in memory where the text grows.
    line.reserve(4096);
    char c = 0;
    while (line.size() < 4096 && ::read(file_, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

 private:
  int file_;
  termios before_{};
};

}  // namespace

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (kind == nullptr || std::string_view(kind) != "dumb");
}

int terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string ask_passphrase(const std::string& prompt) {
  const SilentTerminal terminal;
  terminal.write(prompt);
  return terminal.read_line();
}

bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::string ask(const std::string& question) {
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
  // Who reads our output may go away, and the work goes on.
  std::signal(SIGPIPE, SIG_IGN);
}

bool was_interrupted() {
  return interrupted != 0;
}

}  // namespace xppkg::cli
