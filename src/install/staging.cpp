#include "install/staging.hpp"

#include "blob_writer.hpp"
#include "fs/files.hpp"
#include "fs/open_files.hpp"
#include "install/partial_package.hpp"
#include "tree/scan.hpp"

namespace xppkg::install {
namespace {

using manifest::Manifest;

void check_trees(const delta::Header& header, const Manifest* base, const Manifest& target) {
  const Blake2b expected_base = base == nullptr ? Blake2b{} : base->tree;
  const bool fits = header.tree == target.tree && header.base_tree == expected_base;
  if (fits && (base != nullptr || header.is_full())) return;
  throw Error(Code::corrupt_payload, {{"reason", "it was made for other releases"}});
}

std::set<Blake2b> files_of(const Manifest& manifest) {
  std::set<Blake2b> contents;
  for (const Entry& entry : manifest.entries) {
    if (entry.kind == EntryKind::file) contents.insert(entry.digest);
  }
  return contents;
}

std::set<Blake2b> without_known(std::set<Blake2b> digests, const ContentStore& contents) {
  std::erase_if(digests, [&](const Blake2b& digest) { return contents.has(digest); });
  return digests;
}

}  // namespace

void ContentStore::add_sound_files(const Verified& verified) {
  for (const auto& [digest, path] : verified.sound_files) {
    places_[digest] = fs::join(layout_.root, path);
  }
}

void ContentStore::add_pristine() {
  if (!disk_.stat(layout_.pristine())) return;
  for (const fs::Path& name : disk_.list(layout_.pristine())) {
    const fs::Path place = layout_.pristine() / name;
    const auto found = disk_.stat(place);
    if (!found || found->kind != fs::Kind::file) continue;
    try {
      // Named by its digest, but hashed again: it lies where the user can write.
      places_.try_emplace(tree::hash_file(disk_, place), place);
    } catch (const Error& error) {
      // One that cannot be read is as good as none: the vendor has it still.
      if (error.code() != Code::io_failed && error.code() != Code::rights_denied) throw;
    }
  }
}

const fs::Path& ContentStore::find(const Blake2b& digest) const {
  const auto found = places_.find(digest);
  if (found == places_.end()) throw Error(Code::mismatch_base, {{"missing", digest.hex()}});
  return found->second;
}

Stager::Stager(fs::FileSystem& disk, Layout layout, ContentStore& contents, Observer& observer)
    : disk_(disk), layout_(std::move(layout)), contents_(contents), observer_(observer) {}

void Stager::begin() {
  fs::remove_tree(disk_, layout_.staging());
  disk_.make_directory(layout_.staging(), layout_.closed_mode(disk_));
  fs::make_directories(disk_, layout_.blobs());
  fs::make_directories(disk_, layout_.new_files());
}

void Stager::apply(const Manifest* base, const Manifest& target, const fs::Path& payload) {
  const auto reader = disk_.open_read(payload);
  delta::Decoder decoder(*reader);
  const delta::Header& header = decoder.header();
  check_trees(header, base, target);

  fs::OpenFiles open(disk_);
  std::vector<fs::LateFile> old_files;
  for (const delta::Part& part : header.old_parts) {
    const Entry& entry = file_at(*base, part);
    old_files.emplace_back(open, contents_.find(entry.digest), entry.size);
  }
  std::vector<const RandomReader*> old_parts;
  for (const fs::LateFile& file : old_files) old_parts.push_back(&file);
  BlobWriter writer(disk_, layout_, target, contents_);
  decoder.decode(old_parts, writer, observer_, delta::usual_decode_threads());
  static_cast<void>(finish(target));
}

std::set<Blake2b> Stager::lacking(const Manifest& base, const Manifest& target,
                                  const fs::Path& payload) const {
  const auto reader = disk_.open_read(payload);
  const delta::Decoder decoder(*reader);
  std::set<Blake2b> needed = files_of(target);
  for (const delta::Part& part : decoder.header().new_parts) {
    needed.erase(file_at(target, part).digest);
  }
  for (const delta::Part& part : decoder.header().old_parts) {
    needed.insert(file_at(base, part).digest);
  }
  return without_known(std::move(needed), contents_);
}

std::set<Blake2b> Stager::lacking(const Manifest& wanted) const {
  return without_known(files_of(wanted), contents_);
}

void Stager::repair(const PartialPackage& package, const std::set<Blake2b>& wanted) {
  BlobWriter writer(disk_, layout_, package.release(), contents_);
  package.decode(wanted, writer, observer_);
}

VerifiedTree Stager::finish(const Manifest& wanted) const {
  for (const Entry& entry : wanted.entries) {
    if (entry.kind == EntryKind::file && !contents_.has(entry.digest)) {
      throw Error(Code::mismatch_base,
                  {{"path", entry.path.text()}, {"missing", entry.digest.hex()}});
    }
  }
  return {wanted, contents_};
}

}  // namespace xppkg::install
