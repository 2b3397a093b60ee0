#include "payloads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "delta/decoder.hpp"
#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

using manifest::Manifest;

/// Unchanged files help as bases for new ones only; beyond this many bytes they are left out.
constexpr std::uint64_t kMaxUnchangedBase = 64 * 1024 * 1024;

/// Readers of the chosen files of a release. They stay open only while they are read.
class Inputs {
 public:
  Inputs(fs::FileSystem& disk, const ReleaseFiles& release) : disk_(disk), release_(release) {}

  void add(std::size_t index) {
    const Entry& entry = release_.manifest.entries[index];
    files_.push_back(
        std::make_unique<File>(disk_, fs::join(release_.folder, entry.path), entry.size));
    inputs_.push_back({static_cast<std::uint32_t>(index), files_.back().get()});
  }
  [[nodiscard]] std::span<const delta::Input> get() const { return inputs_; }

 private:
  class File final : public RandomReader {
   public:
    File(fs::FileSystem& disk, fs::Path path, std::uint64_t size)
        : disk_(disk), path_(std::move(path)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, MutableByteView out) const override {
      disk_.open_read(path_)->read_at(offset, out);
    }

   private:
    fs::FileSystem& disk_;
    fs::Path path_;
    std::uint64_t size_;
  };

  fs::FileSystem& disk_;
  const ReleaseFiles& release_;
  std::vector<std::unique_ptr<File>> files_;
  std::vector<delta::Input> inputs_;
};

std::set<Blake2b> contents_of(const Manifest& manifest) {
  std::set<Blake2b> contents;
  for (const Entry& entry : manifest.entries) {
    if (entry.kind == EntryKind::file) contents.insert(entry.digest);
  }
  return contents;
}

/// The indices of files by extension and then by path, each content once, without `known` contents:
/// like stands beside like, which the compressor's window rewards.
std::vector<std::size_t> choose(const Manifest& manifest, std::set<Blake2b> known) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < manifest.entries.size(); ++i) {
    const Entry& entry = manifest.entries[i];
    if (entry.kind == EntryKind::file && known.insert(entry.digest).second) chosen.push_back(i);
  }
  const auto extension = [&](std::size_t i) {
    const std::string& path = manifest.entries[i].path.text();
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos || path.find('/', dot) != std::string::npos ? std::string()
                                                                                : path.substr(dot);
  };
  std::ranges::stable_sort(chosen, {}, extension);
  return chosen;
}

std::vector<std::size_t> choose_bases(const Manifest& base, const Manifest& made) {
  std::vector<std::size_t> changed = choose(base, contents_of(made));
  const bool has_new_paths = std::ranges::any_of(made.entries, [&](const Entry& entry) {
    return entry.kind == EntryKind::file && find_entry(base.entries, entry.path) == nullptr;
  });
  std::uint64_t total = 0;
  for (const Entry& entry : base.entries) total += entry.size;
  return has_new_paths && total <= kMaxUnchangedBase ? choose(base, {}) : changed;
}

/// Cuts a file into blocks of the given sizes and hashes them and the whole.
MadePayload measure(fs::FileSystem& disk, const fs::Path& file,
                    const std::vector<std::uint64_t>& sizes) {
  MadePayload made;
  made.file = file;
  const auto reader = disk.open_read(file);
  Sha256Hasher whole;
  Bytes buffer;
  for (const std::uint64_t size : sizes) {
    buffer.resize(size);
    reader->read_at(made.size, buffer);
    whole.update(buffer);
    made.blocks.push_back({size, blake2b(buffer)});
    made.size += size;
  }
  made.sha256 = whole.finish();
  return made;
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

MadePayload PayloadMaker::make_full(const ReleaseFiles& made) {
  const fs::Path file =
      work_ / fs::from_utf8(fmt::format("{}-{}.full", made.manifest.tree.hex(), level_));
  write(file, [&](Sink& out) {
    Inputs inputs(disk_, made);
    for (const std::size_t index : choose(made.manifest, {})) inputs.add(index);
    delta::EncodeOptions options;
    options.level = level_;
    delta::encode_full(made.manifest.tree, inputs.get(), out, options, observer_);
  });
  return measure(disk_, file, delta::Decoder(*disk_.open_read(file)).pieces());
}

MadePayload PayloadMaker::make_delta(const ReleaseFiles& base, const ReleaseFiles& made) {
  const fs::Path file =
      work_ / fs::from_utf8(fmt::format("{}-{}-{}.delta", base.manifest.tree.hex().substr(0, 32),
                                        made.manifest.tree.hex(), level_));
  write(file, [&](Sink& out) {
    Inputs old_files(disk_, base);
    for (const std::size_t index : choose_bases(base.manifest, made.manifest)) old_files.add(index);
    Inputs new_files(disk_, made);
    for (const std::size_t index : choose(made.manifest, contents_of(base.manifest))) {
      new_files.add(index);
    }
    delta::EncodeOptions options;
    options.level = level_;
    delta::encode_delta(base.manifest.tree, old_files.get(), made.manifest.tree, new_files.get(),
                        out, options, observer_);
  });
  return measure(disk_, file, equal_cuts(disk_.stat(file)->size));
}

}  // namespace xppkg::publish
