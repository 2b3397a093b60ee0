#pragma once

#include <memory>

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// Those who may have written a text, apart from the administrator and this user.
class Authors {
 public:
  struct Readers;

  /// Nobody else.
  Authors() = default;
  explicit Authors(std::shared_ptr<const Readers> readers) : readers_(std::move(readers)) {}

  [[nodiscard]] bool are_others() const { return readers_ != nullptr; }
  /// True if each of them could himself read the file or folder of this name, by its mode and those
  /// of the folders above it. A name that leads nowhere can be read by everybody.
  [[nodiscard]] bool could_read(const Path& named) const;
  /// The same of a file that was opened by this name, wherever the name leads by now.
  [[nodiscard]] bool could_read(const RandomReader& file, const Path& named) const;

 private:
  std::shared_ptr<const Readers> readers_;
};

/// The authors of a file that is open, whatever has its name by now.
Authors authors_of(const RandomReader& text);

}  // namespace xppkg::fs
