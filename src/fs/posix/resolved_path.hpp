#pragma once

#include <fcntl.h>

#include <memory>
#include <optional>
#include <string>

#include "descriptor.hpp"
#include "fs/beneath.hpp"

namespace xppkg::fs {

/// A name as the system calls that end in "at" take it, good for as long as this object lives.
class ResolvedPath {
 public:
  /// A path as it was given.
  explicit ResolvedPath(std::string name) : name_(std::move(name)) {}
  /// A name in an open folder.
  ResolvedPath(Descriptor folder, std::string name)
      : folder_(std::move(folder)), name_(std::move(name)) {}
  [[nodiscard]] int folder() const { return folder_.get() < 0 ? AT_FDCWD : folder_.get(); }
  [[nodiscard]] const char* name() const { return name_.c_str(); }

 private:
  Descriptor folder_;
  std::string name_;
};

/// The places of a file system's names. Throws what FileSystem throws.
class PathResolver {
 public:
  virtual ~PathResolver() = default;
  /// A name to look at. Whether it is there is not known yet.
  [[nodiscard]] virtual ResolvedPath name(const Path& path) const = 0;
  /// The same, empty where there can be no such name.
  [[nodiscard]] virtual std::optional<ResolvedPath> find_name(const Path& path) const = 0;
  /// A name that is made, changed or removed.
  [[nodiscard]] virtual ResolvedPath changed_name(const Path& path) const = 0;
  /// A folder to look into.
  [[nodiscard]] virtual ResolvedPath folder(const Path& path) const = 0;
};

std::unique_ptr<const PathResolver> resolver_as_given();
std::unique_ptr<const PathResolver> resolver_beneath(const Path& root, Resolution resolution);

}  // namespace xppkg::fs
