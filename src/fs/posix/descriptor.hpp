#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "fs/file_system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fs {

/// Closes a descriptor of the system at its end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  /// From now on somebody else closes it.
  void release() { number_ = -1; }

 private:
  int number_;
};

/// Throws what a failed call means, with the facts of FileSystem.
[[noreturn]] void fail(const char* operation, const Path& path, int error = errno);

}  // namespace xppkg::fs
