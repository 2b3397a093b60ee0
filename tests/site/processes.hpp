#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <vector>

namespace xppkg::site {

/// Runs `work` in processes that begin at the same moment; which of them ended with true.
template <typename Work>
std::vector<bool> in_processes(int count, const Work& work) {
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ready[1]);
      char byte = 0;
      if (::read(ready[0], &byte, 1) != 0) ::_exit(9);  // All begin when the pipe is closed.
      int status = 8;
      try {
        status = work(i) ? 1 : 0;
      } catch (const std::exception&) {
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  ::close(ready[0]);
  ::close(ready[1]);
  std::vector<bool> results;
  for (const pid_t child : children) {
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) > 0);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) <= 1);
    results.push_back(WEXITSTATUS(status) == 1);
  }
  return results;
}

}  // namespace xppkg::site
