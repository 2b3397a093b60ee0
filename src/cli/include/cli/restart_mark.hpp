#pragma once

#include <optional>

#include "cli/temporary_folder.hpp"

namespace xppkg::cli {

/// While it lives, a program that we start can ask to be started again: the environment has the
/// name of a file in a folder of our own that it then makes (xppkg::request_restart).
class RestartMark {
 public:
  /// Nobody can ask if no such folder can be made.
  RestartMark();
  ~RestartMark();
  RestartMark(const RestartMark&) = delete;
  RestartMark& operator=(const RestartMark&) = delete;

  /// True if it was asked for since the last call.
  bool take();

 private:
  std::optional<TemporaryFolder> folder_;
};

}  // namespace xppkg::cli
