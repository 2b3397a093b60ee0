#pragma once

#include <cstdint>
#include <string>

#include "xppkg/export.hpp"

namespace xppkg {

/// The stages that take long enough to be shown.
enum class Stage { check, download, prepare, verify, commit, scan, diff, prove, publish, upload };

/// One report of progress.
struct Progress {
  Stage stage;
  std::string what;         ///< the file, release or address at hand; UTF-8
  std::uint64_t done = 0;   ///< bytes so far in this stage
  std::uint64_t total = 0;  ///< bytes in all; 0 where it is not known
};

/// An event that people should learn of though nothing failed.
struct Notice {
  std::string id;    ///< stable: "config.kept", "source.skipped", …
  std::string path;  ///< the subject: a relative path or an address
  std::string detail;
};

/// Takes progress and may ask a long call to stop. Called on the thread that makes the call, at
/// most a few hundred times a second. Must outlive the call.
class XPPKG_API Observer {
 public:
  virtual ~Observer() = default;
  virtual void progress(const Progress&) {}
  virtual void notice(const Notice&) {}
  /// True: the call ends with Error{cancelled} at the next safe point, nothing half done.
  virtual bool cancelled() { return false; }
};

}  // namespace xppkg
