#pragma once

#include <vector>

#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::test {

/// Cancels when it was asked for the given time before.
class CancelAfter final : public Observer {
 public:
  explicit CancelAfter(int calls) : calls_(calls) {}
  bool cancelled() override { return calls_-- == 0; }

 private:
  int calls_;
};

/// Keeps what was reported.
class RecordingObserver final : public Observer {
 public:
  void progress(const Progress& progress) override { reports.push_back(progress); }
  std::vector<Progress> reports;
};

inline bool is_cancelled(const Error& error) {
  return error.code() == Code::cancelled;
}

}  // namespace xppkg::test
