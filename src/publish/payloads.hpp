#pragma once

#include "delta/encoder.hpp"
#include "manifest/manifest.hpp"
#include "publish/repository.hpp"

namespace xppkg::publish {

/// A payload that was made: a file in the work folder, and how it is cut into blocks.
struct EncodedPayload {
  fs::Path file;
  std::uint64_t size = 0;
  Sha256 sha256;
  std::vector<Block> blocks;
};

/// A release as files: its signed entries, and the folder where it lies.
struct ReleaseFiles {
  const manifest::Manifest& manifest;
  fs::Path folder;
};

/// Makes payloads in the work folder. A file that an earlier run finished for the same trees is
/// taken as it is; the caller proves it in any case.
class PayloadMaker {
 public:
  PayloadMaker(fs::FileSystem& disk, fs::Path work, int level, Observer& observer);

  EncodedPayload make_full(const ReleaseFiles& target);
  EncodedPayload make_delta(const ReleaseFiles& base, const ReleaseFiles& target);

 private:
  template <typename Encode>
  void write(const fs::Path& file, const Encode& encode);

  fs::FileSystem& disk_;
  fs::Path work_;
  int level_;
  Observer& observer_;
};

}  // namespace xppkg::publish
