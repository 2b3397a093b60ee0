#pragma once

#include <memory>
#include <optional>
#include <string>

#include "descriptor.hpp"
#include "fs/beneath.hpp"

namespace xppkg::fs {

/// A path as a system call is to take it, good for as long as this object lives.
class Place {
 public:
  explicit Place(std::string text, Descriptor folder = Descriptor())
      : text_(std::move(text)), folder_(std::move(folder)) {}
  [[nodiscard]] const char* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
  Descriptor folder_;  ///< what the text begins at, kept open
};

/// Where the names of a file system lie. Throws what FileSystem throws.
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
