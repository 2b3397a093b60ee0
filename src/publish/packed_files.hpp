#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/stream.hpp"

namespace xppkg::publish {

/// Unpacks what is packed in a file, as far as we can: zip archives of any kind (jar, wheel and so
/// on), tar archives, and what gzip made of a tar archive or of one file.
class PackedFiles {
 public:
  /// Returns true to end. `name` is empty where there is none. A file that does not fit into memory
  /// comes in several pieces, which overlap.
  using Visit = std::function<bool(const std::string& name, const RandomReader& piece)>;

  /// `most`: bytes that are unpacked at most; taken off as they are unpacked. Files that
  /// are damaged, encrypted or packed in another way are left out.
  PackedFiles(const RandomReader& file, std::uint64_t& most, Visit visit);

  /// True if `visit` ended it.
  bool run();

 private:
  bool run_gzip();
  bool run_tar();
  bool run_zip();

  const RandomReader& file_;
  std::uint64_t& most_;
  Visit visit_;
};

}  // namespace xppkg::publish
