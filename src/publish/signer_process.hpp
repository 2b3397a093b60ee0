#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace xppkg::publish {

/// Another program, asked by lines on its standard input and answering by lines on its standard
/// output. It is ended when this object goes.
class SignerProcess {
 public:
  /// Throws Error{trust_key}.
  SignerProcess(std::vector<std::string> words, std::chrono::seconds timeout);
  ~SignerProcess();
  SignerProcess(const SignerProcess&) = delete;
  SignerProcess& operator=(const SignerProcess&) = delete;

  /// Sends one line and returns the next one, both without "\n". Throws Error{trust_key} when none
  /// of at most `limit` bytes comes in time.
  std::string ask(const std::string& line, std::size_t limit);

 private:
  struct Answers;
  struct Running;

  void send(const std::string& line);
  [[noreturn]] void fail(const std::string& reason) const;

  std::string program_;
  std::chrono::seconds timeout_;
  std::unique_ptr<Running> running_;
  std::shared_ptr<Answers> answers_;
};

/// The words of a command line: separated by blanks, and "quotation marks" keep blanks in a word.
/// Throws Error{usage_invalid}.
std::vector<std::string> split_command(const std::string& command);

}  // namespace xppkg::publish
