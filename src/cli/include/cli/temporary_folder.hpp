#pragma once

#include <string>

namespace xppkg::cli {

/// A folder of our own below the system's temporary one; removed with all that is in it. Others may
/// pass through it, and read what they know the name of.
class TemporaryFolder {
 public:
  /// Throws Error{io_failed}.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string place(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

}  // namespace xppkg::cli
