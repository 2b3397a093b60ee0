#include "signer_process.hpp"

#include <Poco/Exception.h>
#include <Poco/Pipe.h>
#include <Poco/Process.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include "xppkg/error.hpp"

namespace xppkg::publish {
namespace {

/// More than any answer needs: who sends this much without a line's end sends nonsense.
constexpr std::size_t kMaxUnread = 2 * 1024 * 1024;

/// A program that has ended makes writing to it an error instead of our own end.
class NoBrokenPipe {
 public:
#ifndef _WIN32
  NoBrokenPipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~NoBrokenPipe() {
    std::signal(SIGPIPE, before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  void (*before_)(int);
#endif
};

}  // namespace

/// The answers that the reading thread has got. The thread shares it, because it may outlive this
/// object: a grandchild can hold the pipe open after the program was ended.
struct SignerProcess::Answers {
  explicit Answers(const Poco::Pipe& pipe) : from(pipe) {}

  void read() {
    std::array<char, 4096> buffer{};
    try {
      for (int got = 0; (got = from.readBytes(buffer.data(), buffer.size())) > 0;) {
        const std::lock_guard guard(mutex);
        unread.append(buffer.data(), static_cast<std::size_t>(got));
        changed.notify_one();
        if (unread.size() > kMaxUnread) break;
      }
    } catch (const Poco::Exception&) {
      // The same as its end: no answer comes any more.
    }
    const std::lock_guard guard(mutex);
    ended = true;
    changed.notify_one();
  }

  Poco::Pipe from;
  std::mutex mutex;
  std::condition_variable changed;
  std::string unread;
  bool ended = false;
};

struct SignerProcess::Running {
  Poco::Pipe to;
  Poco::ProcessHandle handle;
};

SignerProcess::SignerProcess(std::vector<std::string> words, std::chrono::seconds timeout)
    : program_(words.front()), timeout_(timeout) {
  Poco::Pipe to;
  Poco::Pipe from;
  try {
    const std::vector<std::string> arguments(words.begin() + 1, words.end());
    running_ = std::make_unique<Running>(
        Running{to, Poco::Process::launch(program_, arguments, &to, &from, nullptr)});
  } catch (const Poco::Exception& error) {
    fail(error.displayText());
  }
  answers_ = std::make_shared<Answers>(from);
  std::thread([answers = answers_] { answers->read(); }).detach();
}

SignerProcess::~SignerProcess() {
  try {
    // The end of its input is the sign to end; who does not see it in time is ended.
    running_->to.close(Poco::Pipe::CLOSE_WRITE);
    for (int tries = 0; tries < 100; ++tries) {
      if (running_->handle.tryWait() != -1) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    Poco::Process::kill(running_->handle);
    running_->handle.wait();
  } catch (const Poco::Exception&) {
    // It is gone already.
  }
}

std::string SignerProcess::ask(const std::string& line, std::size_t limit) {
  send(line + "\n");
  std::unique_lock guard(answers_->mutex);
  std::string& unread = answers_->unread;
  const auto is_there = [&] {
    return answers_->ended || unread.size() > limit || unread.find('\n') != std::string::npos;
  };
  if (!answers_->changed.wait_for(guard, timeout_, is_there)) fail("no answer in time");
  const std::size_t end = unread.find('\n');
  if (end == std::string::npos && unread.size() <= limit) fail("it ended without an answer");
  if (end == std::string::npos || end > limit) fail("its answer is too long");
  std::string answer = unread.substr(0, end);
  unread.erase(0, end + 1);
  return answer;
}

void SignerProcess::send(const std::string& line) {
  const NoBrokenPipe guard;
  try {
    for (std::size_t at = 0; at < line.size();) {
      const int piece = static_cast<int>(std::min<std::size_t>(line.size() - at, 65536));
      at += static_cast<std::size_t>(running_->to.writeBytes(line.data() + at, piece));
    }
  } catch (const Poco::Exception&) {
    fail("it ended without an answer");
  }
}

void SignerProcess::fail(const std::string& reason) const {
  throw Error(Code::trust_key, {{"signer", program_}, {"reason", reason}});
}

std::vector<std::string> split_command(const std::string& command) {
  std::vector<std::string> words;
  bool in_word = false;
  bool quoted = false;
  for (const char c : command) {
    if (c == '"') {
      quoted = !quoted;
      if (!in_word) words.emplace_back();
      in_word = true;
    } else if ((c == ' ' || c == '\t') && !quoted) {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      words.back() += c;
    }
  }
  if (words.empty() || words.front().empty() || quoted) {
    throw Error(Code::usage_invalid, {{"signer", command}, {"reason", "not a command"}});
  }
  return words;
}

}  // namespace xppkg::publish
