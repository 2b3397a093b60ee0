#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "events.hpp"

namespace example {

/// Looks for news on a thread of its own while it lives: newer versions of the vendor every hour,
/// and what other workstations decide as soon as they do.
class News {
 public:
  /// `counter`: of the newest decision that is known already (xppkg::GateResult::counter).
  News(std::string folder, std::uint64_t counter, std::shared_ptr<Events> events);
  News(const News&) = delete;
  News& operator=(const News&) = delete;
  /// Stops within about a second.
  ~News();

 private:
  void run();
  void look_for_newer();
  void wait_for_decisions(std::chrono::milliseconds time);
  template <typename Work>
  void attempt(const Work& work);

  std::string folder_;
  std::uint64_t counter_;
  std::shared_ptr<Events> events_;
  std::string newest_;   // that was told
  std::string trouble_;  // the same
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

}  // namespace example
