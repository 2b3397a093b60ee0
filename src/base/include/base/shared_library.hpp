#pragma once

#include <string>
#include <vector>

namespace xppkg {

/// The file name of a versioned library: "libNAME.so.VERSION" on Linux; `windows` on Windows, where
/// each library has a scheme of its own.
std::string library_file(const std::string& name, const std::string& version,
                         const std::string& windows);

/// A shared library that is loaded when it is first needed: what few runs use does not slow down
/// the start of every program. It stays loaded until the process ends.
class SharedLibrary {
 public:
  /// `file` is a name without folders. It is looked for in `folders`, which are relative to that of
  /// the program or library that this code became part of; then where the system looks for any
  /// library. Throws Error{internal} with the facts "library" and "cause" where there is none.
  explicit SharedLibrary(const std::string& file, const std::vector<std::string>& folders = {});

  /// Sets `function` to what the library calls `name`. Throws as the constructor.
  template <typename Function>
  void find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(find_address(name));
  }

 private:
  using Address = void (*)();
  [[nodiscard]] Address find_address(const char* name) const;

  std::string file_;
  void* handle_;
};

}  // namespace xppkg
