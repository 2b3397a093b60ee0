#include "payloads.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delta/changed_files.hpp"
#include "delta/decoder.hpp"
#include "fs/files.hpp"
#include "fs/open_files.hpp"

namespace xppkg::publish {
namespace {

using manifest::Manifest;

/// Readers of the chosen files of a release.
class Inputs {
 public:
  Inputs(fs::FileSystem& disk, const ReleaseFiles& release) : open_(disk), release_(release) {}

  void add(std::size_t index, bool is_spare = false) {
    const Entry& entry = release_.manifest.entries[index];
    files_.push_back(
        std::make_unique<fs::LateFile>(open_, fs::join(release_.folder, entry.path), entry.size));
    inputs_.push_back({static_cast<std::uint32_t>(index), files_.back().get(), is_spare});
  }
  [[nodiscard]] std::span<const delta::Input> get() const { return inputs_; }

 private:
  fs::OpenFiles open_;
  const ReleaseFiles& release_;
  std::vector<std::unique_ptr<fs::LateFile>> files_;
  std::vector<delta::Input> inputs_;
};

/// Cuts a file into blocks of the given sizes and hashes them and the whole.
EncodedPayload measure(fs::FileSystem& disk, const fs::Path& file,
                       const std::vector<std::uint64_t>& sizes) {
  EncodedPayload payload;
  payload.file = file;
  const auto reader = disk.open_read(file);
  Sha256Hasher whole;
  Bytes buffer;
  for (const std::uint64_t size : sizes) {
    buffer.resize(size);
    reader->read_at(payload.size, buffer);
    whole.update(buffer);
    payload.blocks.push_back({size, blake2b(buffer)});
    payload.size += size;
  }
  payload.sha256 = whole.finish();
  return payload;
}

std::vector<std::uint64_t> equal_cuts(std::uint64_t size) {
  std::vector<std::uint64_t> cuts;
  for (std::uint64_t at = 0; at < size; at += delta::kBlockSize) {
    cuts.push_back(std::min(delta::kBlockSize, size - at));
  }
  return cuts;
}

}  // namespace

PayloadMaker::PayloadMaker(fs::FileSystem& disk, fs::Path work, int level, Observer& observer)
    : disk_(disk), work_(std::move(work)), level_(level), observer_(observer) {}

template <typename Encode>
void PayloadMaker::write(const fs::Path& file, const Encode& encode) {
  if (disk_.stat(file)) return;
  fs::Path part = file;
  part += ".part";
  fs::remove_file_if_there(disk_, part);
  const auto out = disk_.create(part, 0644);
  encode(*out);
  out->sync();
  disk_.rename(part, file);
}

EncodedPayload PayloadMaker::make_full(const ReleaseFiles& target) {
  const fs::Path file =
      work_ / fs::from_utf8(fmt::format("{}-{}.full", target.manifest.tree.hex(), level_));
  write(file, [&](Sink& out) {
    Inputs inputs(disk_, target);
    for (const std::size_t index : delta::all_files(target.manifest.entries)) inputs.add(index);
    delta::EncodeOptions options;
    options.level = level_;
    delta::encode_full(target.manifest.tree, inputs.get(), out, options, observer_);
  });
  return measure(disk_, file, delta::Decoder(*disk_.open_read(file)).pieces());
}

EncodedPayload PayloadMaker::make_delta(const ReleaseFiles& base, const ReleaseFiles& target) {
  const fs::Path file =
      work_ / fs::from_utf8(fmt::format("{}-{}-{}.delta", base.manifest.tree.hex().substr(0, 32),
                                        target.manifest.tree.hex(), level_));
  write(file, [&](Sink& out) {
    Inputs old_files(disk_, base);
    for (const auto& [index, is_unchanged] :
         delta::base_files(base.manifest.entries, target.manifest.entries)) {
      old_files.add(index, is_unchanged);
    }
    Inputs new_files(disk_, target);
    for (const std::size_t index :
         delta::changed_files(base.manifest.entries, target.manifest.entries)) {
      new_files.add(index);
    }
    delta::EncodeOptions options;
    options.level = level_;
    delta::encode_delta(base.manifest.tree, old_files.get(), target.manifest.tree, new_files.get(),
                        out, options, observer_);
  });
  return measure(disk_, file, equal_cuts(disk_.stat(file)->size));
}

}  // namespace xppkg::publish
