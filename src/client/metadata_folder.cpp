#include "metadata_folder.hpp"

#include "fs/files.hpp"

namespace xppkg::client {

MetadataFolder::MetadataFolder(fs::FileSystem& disk, fs::Path folder, bool may_save)
    : disk_(disk), folder_(std::move(folder)), may_save_(may_save) {}

fs::Path MetadataFolder::place(const std::string& role) const {
  return folder_ / fs::from_utf8(trust::cache_file(role));
}

std::optional<Bytes> MetadataFolder::load(const std::string& role) {
  if (removed_.contains(role)) return std::nullopt;
  try {
    return fs::read_file_if_there(disk_, place(role), trust::Limits::of(role));
  } catch (const Error&) {
    // As good as none: it is fetched again. The root does not come this way.
    return std::nullopt;
  }
}

void MetadataFolder::save(const std::string& role, ByteView bytes) {
  if (!may_save_) return;
  fs::write_file_atomically(disk_, place(role), bytes);
  removed_.erase(role);
}

void MetadataFolder::remove(const std::string& role) {
  removed_.insert(role);
  if (may_save_) fs::remove_file_if_there(disk_, place(role));
}

MetadataAtSource::MetadataAtSource(source::Source& source, std::string folder, Observer& observer)
    : source_(source), folder_(std::move(folder)), observer_(observer) {}

std::optional<Bytes> MetadataAtSource::fetch(const std::string& file, std::uint64_t limit) {
  const std::string path = folder_ + file;
  observer_.progress({Stage::check, path, 0, 0});
  auto bytes = source_.read(path, limit, observer_);
  // A root that is not there is the next one, which nobody has made yet.
  if (!bytes && source_.refusal() != 0 && !file.ends_with(".root.json")) {
    throw source::missing_file(source_, path);
  }
  return bytes;
}

}  // namespace xppkg::client
