#include "base/shared_library.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>

#include "xppkg/error.hpp"

namespace xppkg {
namespace {

#ifdef __APPLE__
constexpr const char* kOwnFolder = "@loader_path/";
constexpr bool kVersionIsLast = false;
#else
constexpr const char* kOwnFolder = "$ORIGIN/";
constexpr bool kVersionIsLast = true;
#endif

[[noreturn]] void fail(const std::string& file, const std::string& cause) {
  throw Error(Code::internal, {{"library", file}, {"cause", cause}});
}

std::string last_error() {
  const char* cause = ::dlerror();
  return cause == nullptr ? "not found" : cause;
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

std::string library_file(const std::string& name, const std::string& version,
                         const std::string& /*windows*/) {
  const std::string stem = "lib" + name;
  return kVersionIsLast ? stem + ".so." + version : stem + "." + version + ".dylib";
}

SharedLibrary::SharedLibrary(const std::string& file, const std::vector<std::string>& folders)
    : file_(file), handle_(nullptr) {
  std::vector<std::string> places;
  for (const std::string& folder : folders) places.push_back(kOwnFolder + folder + "/" + file);
  places.push_back(file);
  std::string causes;
  for (const std::string& place : places) {
    handle_ = open_with_signals_kept(place);
    if (handle_ != nullptr) return;
    causes += (causes.empty() ? "" : "; ") + last_error();
  }
  fail(file_, causes);
}

SharedLibrary::Address SharedLibrary::find_address(const char* name) const {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr) fail(file_, last_error());
  return reinterpret_cast<Address>(address);
}

}  // namespace xppkg
