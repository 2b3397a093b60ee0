#pragma once

#include <fcntl.h>

#include <memory>
#include <optional>
#include <string>

#include "descriptor.hpp"
#include "fs/beneath.hpp"

namespace xppkg::fs {

/// A name as the system calls that end in "at" take it, good for as long as this object lives.
class Place {
 public:
  /// A path as it was given.
  explicit Place(std::string name) : name_(std::move(name)) {}
  /// A name in an open folder.
  Place(Descriptor folder, std::string name)
      : folder_(std::move(folder)), name_(std::move(name)) {}
  [[nodiscard]] int folder() const { return folder_.get() < 0 ? AT_FDCWD : folder_.get(); }
  [[nodiscard]] const char* name() const { return name_.c_str(); }

 private:
  Descriptor folder_;
  std::string name_;
};

/// The places of a file system's names. Throws what FileSystem throws.
class Places {
 public:
  virtual ~Places() = default;
  /// A name to look at. Whether it is there is not known yet.
  [[nodiscard]] virtual Place name(const Path& path) const = 0;
  /// The same, empty where there can be no such name.
  [[nodiscard]] virtual std::optional<Place> find_name(const Path& path) const = 0;
  /// A name that is made, changed or removed.
  [[nodiscard]] virtual Place changed_name(const Path& path) const = 0;
  /// A folder to look into.
  [[nodiscard]] virtual Place folder(const Path& path) const = 0;
};

std::unique_ptr<const Places> places_as_given();
std::unique_ptr<const Places> places_beneath(const Path& root, Resolution resolution);

}  // namespace xppkg::fs
