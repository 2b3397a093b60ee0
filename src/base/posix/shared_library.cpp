#include "base/shared_library.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>

#include "xppkg/error.hpp"

namespace xppkg {
namespace {

[[noreturn]] void fail(const std::string& file) {
  const char* cause = ::dlerror();
  throw Error(Code::internal,
              {{"library", file}, {"cause", cause == nullptr ? "not found" : cause}});
}

/// Poco blocks a signal in the thread that loads it, which is not a library's to decide.
void* open_with_signals_kept(const std::string& file) {
  sigset_t before;
  const bool is_known = ::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0;
  void* handle = ::dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (is_known) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return handle;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& file)
    : file_(file), handle_(open_with_signals_kept(file)) {
  if (handle_ == nullptr) fail(file_);
}

SharedLibrary::Address SharedLibrary::find_address(const char* name) const {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) fail(file_);
  return reinterpret_cast<Address>(address);
}

}  // namespace xppkg
