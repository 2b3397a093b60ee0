#pragma once

#include <string>

namespace xppkg {

/// A shared library that is loaded when it is first needed: what few runs use does not slow down
/// the start of every program. It stays loaded until the process ends.
class SharedLibrary {
 public:
  /// `file` is a name without folders, which the system looks for as for any library that the
  /// program was linked with. Throws Error{internal} with the facts "library" and "cause" where
  /// there is none.
  explicit SharedLibrary(const std::string& file);

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
