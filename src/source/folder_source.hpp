#pragma once

#include "source/source.hpp"

namespace xppkg::source {

/// Files below a folder: a disk, a stick, a network share.
class FolderSource final : public Source {
 public:
  FolderSource(std::string address, fs::FileSystem& disk, fs::Path folder);

  [[nodiscard]] const std::string& address() const override { return address_; }
  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override;
  void read_range(const std::string& path, const ByteRange& range, std::uint64_t size, Sink& out,
                  Observer& observer) override;

 private:
  std::unique_ptr<RandomReader> open(const std::string& path);
  template <typename Work>
  auto translate_errors(const std::string& path, const Work& work) const;

  std::string address_;
  fs::FileSystem& disk_;
  fs::Path folder_;
};

/// The folder that a "file:" address names: "file:///abs/path", "file:/abs/path", or
/// "file:relative/path" below the current folder. Throws Error{usage_invalid} for another host than
/// this one, and for text that is no such address.
fs::Path folder_of_url(const std::string& url);

}  // namespace xppkg::source
