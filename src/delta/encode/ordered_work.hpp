#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <optional>

#include "base/bytes.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::delta {

/// The state that worker threads and the waiting one share.
class WorkState {
 public:
  /// Adds `size` bytes to the progress. Throws Error{cancelled} when the work is to end.
  void advance(std::uint64_t size);
  void stop() { stopped_ = true; }
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  std::atomic<std::uint64_t> done_ = 0;
  std::atomic<bool> stopped_ = false;
};

/// Turns pieces of bytes into others in a few threads and hands them on in their order, so that the
/// result does not depend on the number of threads.
class OrderedWork {
 public:
  using Load = std::function<std::optional<Bytes>()>;
  /// `number` counts the pieces from 0 on.
  using Make = std::function<Bytes(std::size_t number, Bytes&, WorkState&)>;
  using Take = std::function<void(Bytes)>;

  /// Reports Stage::diff with `total`, of which `done` was done before. The observer must outlive
  /// this.
  OrderedWork(unsigned threads, std::uint64_t total, Observer& observer, std::uint64_t done = 0);

  /// Calls `load` until it gives nothing, and `take` for each piece, both on this thread; `make` on
  /// others. Throws Error{cancelled} and what the three throw; all threads have ended then.
  void run(const Load& load, const Make& make, const Take& take);

 private:
  void fill(const Load& load, const Make& make);
  void start(const std::function<Bytes()>& work);
  Bytes wait_for_first();
  void report();

  std::size_t threads_;
  std::uint64_t total_;
  std::uint64_t before_;
  Observer& observer_;
  WorkState state_;
  bool all_loaded_ = false;
  std::size_t loaded_ = 0;
  std::deque<std::future<Bytes>> running_;
};

}  // namespace xppkg::delta
