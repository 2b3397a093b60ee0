#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

namespace example {

/// An event that the main loop waits for.
struct Event {
  enum class Kind {
    line,     ///< the user typed one
    end,      ///< he will type no more
    newer,    ///< the vendor has a newer version
    decided,  ///< somebody at this site released a version, or put it on hold
    trouble,  ///< what was done beside the main loop did not work
  };
  Kind kind;
  std::string text;
};

/// The queue of the main loop; any thread may add to it.
class Events {
 public:
  void add(Event event) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(event));
    changed_.notify_one();
  }

  /// Waits for the next one.
  Event next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    Event event = std::move(waiting_.front());
    waiting_.pop_front();
    return event;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> waiting_;
};

}  // namespace example
