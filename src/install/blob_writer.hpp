#pragma once

#include <memory>

#include "delta/decoder.hpp"
#include "install/staging.hpp"

namespace xppkg::install {

/// The file of a release that a payload's part stands for. Throws Error{corrupt_payload} if there
/// is none of that size.
const Entry& file_at(const manifest::Manifest& manifest, const delta::Part& part);

/// Writes decoded parts to files of DIR/.xppkg/staging/blob named by their digests, hashes them on
/// the way, and adds each that is what the manifest says. Throws Error{corrupt_payload} for others.
class BlobWriter final : public delta::PartSink {
 public:
  /// All must outlive it.
  BlobWriter(fs::FileSystem& disk, const Layout& layout, const manifest::Manifest& manifest,
             ContentStore& contents)
      : disk_(disk), layout_(layout), manifest_(manifest), contents_(contents) {}

  void begin(const delta::Part& part) override;
  void write(ByteView bytes) override;
  void end() override;

 private:
  [[nodiscard]] fs::Path unfinished() const { return layout_.blobs() / "unfinished"; }

  fs::FileSystem& disk_;
  const Layout& layout_;
  const manifest::Manifest& manifest_;
  ContentStore& contents_;
  const Entry* entry_ = nullptr;
  Blake2bHasher hasher_;
  std::unique_ptr<fs::WriteFile> file_;
};

}  // namespace xppkg::install
