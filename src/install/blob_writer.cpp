#include "blob_writer.hpp"

#include <fmt/format.h>

#include "fs/files.hpp"

namespace xppkg::install {

const Entry& file_at(const manifest::Manifest& manifest, const delta::Part& part) {
  const bool fits = part.file < manifest.entries.size() &&
                    manifest.entries[part.file].kind == EntryKind::file &&
                    manifest.entries[part.file].size == part.size;
  if (!fits) {
    throw Error(Code::corrupt_payload,
                {{"part", fmt::to_string(part.file)}, {"reason", "the manifest has no such file"}});
  }
  return manifest.entries[part.file];
}

void BlobWriter::begin(const delta::Part& part) {
  entry_ = &file_at(manifest_, part);
  hasher_ = Blake2bHasher();
  fs::remove_file_if_there(disk_, unfinished());
  file_ = disk_.create(unfinished(), 0600);
}

void BlobWriter::write(ByteView bytes) {
  hasher_.update(bytes);
  file_->write(bytes);
}

void BlobWriter::end() {
  file_.reset();
  const Blake2b actual = hasher_.finish();
  if (actual != entry_->digest) {
    throw Error(Code::corrupt_payload, {{"path", entry_->path.text()},
                                        {"expected", entry_->digest.hex()},
                                        {"actual", actual.hex()}});
  }
  const fs::Path place = layout_.blobs() / actual.hex();
  disk_.rename(unfinished(), place);
  contents_.add(actual, place);
}

}  // namespace xppkg::install
