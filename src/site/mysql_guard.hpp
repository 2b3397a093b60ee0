#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "address.hpp"

namespace xppkg::site {

/// Creates the procedure that ends the connections which hold rows that a connection of the same
/// user waits for: MariaDB lets readers of a table also lock its rows (manifests/SITE.md §8.2).
extern const char* const kGuardProcedure;

/// Lets a releaser's transaction go on: a while after its beginning, and again each second, ends
/// the connections that it waits for, by the procedure and a connection of its own. Nothing happens
/// if the procedure is missing or may end nobody. Stops when it is destroyed.
class MysqlGuard {
 public:
  /// `connection`: the server's number of the one to be guarded.
  MysqlGuard(ServerAddress address, std::string password, std::string connection);
  MysqlGuard(const MysqlGuard&) = delete;
  MysqlGuard& operator=(const MysqlGuard&) = delete;
  ~MysqlGuard();

 private:
  void guard();
  bool is_over(std::chrono::milliseconds time);

  ServerAddress address_;
  std::string password_;
  std::string connection_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;  ///< under mutex_
  std::thread thread_;
};

}  // namespace xppkg::site
