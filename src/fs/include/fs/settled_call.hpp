#pragma once

#include <memory>

namespace xppkg::fs {

/// For the time of a call of the library, keeps the state of the application's process from harming
/// it; afterwards the process is as before. Signals that writing could raise in this thread (a
/// connection that ended, a limit on the size of files) are errors of the call instead. Standard
/// streams that are closed lead nowhere, so that no file or connection of ours gets their numbers,
/// and what somebody prints does not end up in it. Belongs to one thread.
class SettledCall {
 public:
  SettledCall();
  ~SettledCall();
  SettledCall(const SettledCall&) = delete;
  SettledCall& operator=(const SettledCall&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xppkg::fs
