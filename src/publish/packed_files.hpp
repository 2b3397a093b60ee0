#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "archive_reader.hpp"
#include "base/stream.hpp"

namespace xppkg::publish {

/// Unpacks what is packed in a file, as far as libarchive can: zip archives of any kind (jar, wheel
/// and so on), also behind a program; tar, 7z, cpio, ar, cab and iso archives; what gzip, bzip2,
/// xz, zstd, lz4, lzip or rpm made of these or of one file.
class PackedFiles {
 public:
  /// Returns true to end. `name` is empty where there is none. A file that does not fit into memory
  /// comes in several pieces, which overlap.
  using Visit = std::function<bool(const std::string& name, const RandomReader& piece)>;

  /// Files that are damaged, encrypted or packed in another way are left out, and what lies beyond
  /// the limits; of what is damaged or truncated as a whole, the last 64 KiB before the damage may
  /// be, too.
  PackedFiles(const RandomReader& file, UnpackLimits& limits, Visit visit);

  /// True if `visit` ended it.
  bool run();

 private:
  using Formats = ArchiveReader::Formats;
  enum class Outcome { unknown, damaged, done };

  bool run_file(FileInput& file);
  Outcome show_files(ArchiveInput& input, Formats formats, std::size_t& begun);
  ArchiveReader::Step show_file(ArchiveReader& reader);

  const RandomReader& file_;
  UnpackLimits& limits_;
  Visit visit_;
  bool is_ended_ = false;
};

}  // namespace xppkg::publish
