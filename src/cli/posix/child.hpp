#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

namespace xppkg::cli {

/// Closes a descriptor of the system at its end.
class File {
 public:
  explicit File(int number = -1) : number_(number) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }
  [[nodiscard]] int get() const { return number_; }
  void reset(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

/// A program that runs beside us; its standard output comes here. It is waited for at the end.
class Child {
 public:
  /// `terminal`: the path of what becomes its terminal, input and errors, in a session of its own;
  /// empty: it has ours. `environment`: null for ours. Throws Error{rights_refused} if it cannot be
  /// started.
  Child(const std::vector<std::string>& words, const std::string& terminal,
        const std::vector<std::string>* environment);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { wait(); }

  /// The read end of its output.
  [[nodiscard]] int output() const { return output_.get(); }
  /// Its exit status; 128 + the number of the signal that ended it.
  int wait();

 private:
  File output_;
  pid_t pid_ = 0;
  int status_ = 0;
};

}  // namespace xppkg::cli
