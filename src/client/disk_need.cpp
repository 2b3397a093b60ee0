#include "disk_need.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

// Journal, metadata, folders.
constexpr std::uint64_t kReservedBytes = 4 * 1024 * 1024;
constexpr std::uint64_t kReservedFiles = 64;
/// Disks give out space in pieces, most of them in pieces of this size.
constexpr std::uint64_t kPiece = 4096;

class Sum {
 public:
  void add_file(std::uint64_t size) {
    need_.bytes = checked_add(need_.bytes, checked_add(size, kPiece - 1) / kPiece * kPiece);
    ++need_.files;
  }
  void add(std::uint64_t bytes, std::uint64_t files) {
    need_.bytes = checked_add(need_.bytes, bytes);
    need_.files += files;
  }
  [[nodiscard]] const DiskNeed& need() const { return need_; }

 private:
  DiskNeed need_;
};

std::set<std::string> different(const install::Verified* found) {
  std::set<std::string> paths;
  if (found == nullptr) return paths;
  for (const install::Difference& difference : found->differences) paths.insert(difference.path);
  return paths;
}

bool is_same(const Entry* old, const Entry& entry) {
  return old != nullptr && old->kind == entry.kind && old->digest == entry.digest &&
         old->target == entry.target;
}

[[noreturn]] void fail(const install::Layout& layout, const std::string& what, std::uint64_t needed,
                       std::uint64_t free) {
  throw Error(Code::space_insufficient, {{"folder", fs::to_utf8(layout.root)},
                                         {"needed " + what, fmt::to_string(needed)},
                                         {"free " + what, fmt::to_string(free)},
                                         {"missing " + what, fmt::to_string(needed - free)}});
}

}  // namespace

DiskNeed disk_need(const Beginning& beginning, std::span<const SignedManifest> targets,
                   std::uint64_t download) {
  const manifest::Manifest* base = beginning.base;
  Sum sum;
  sum.add(checked_add(download, kReservedBytes), targets.size() + kReservedFiles);
  std::set<Blake2b> known;
  // Each step decodes what no earlier one has, once.
  std::set<Blake2b> decoded;
  if (base != nullptr) {
    for (const Entry& entry : base->entries) {
      const bool is_lost = beginning.lost.contains(entry.digest);
      if (is_lost && !beginning.repairs) continue;
      if (!known.insert(entry.digest).second || !is_lost) continue;
      decoded.insert(entry.digest);
      sum.add_file(entry.size);
    }
  }
  for (const SignedManifest& step : targets) {
    for (const Entry& entry : step.manifest.entries) {
      if (entry.kind != EntryKind::file || !known.insert(entry.digest).second) continue;
      decoded.insert(entry.digest);
      sum.add_file(entry.size);
    }
  }
  const std::set<std::string> damaged = different(beginning.found);
  // A decoded file becomes one of the release as it is; each further one is a copy.
  for (const Entry& entry : targets.back().manifest.entries) {
    if (entry.config) sum.add_file(entry.size);
    const bool stays = base != nullptr && !damaged.contains(entry.path.text()) &&
                       is_same(find_entry(base->entries, entry.path), entry);
    if (stays) continue;
    if (entry.kind != EntryKind::file || decoded.erase(entry.digest) == 0) sum.add_file(entry.size);
  }
  return sum.need();
}

void check_space(fs::FileSystem& disk, const install::Layout& layout, const DiskNeed& need) {
  const fs::Space space = disk.space(layout.state());
  if (need.bytes > space.free_bytes) fail(layout, "bytes", need.bytes, space.free_bytes);
  if (space.free_files && need.files > *space.free_files) {
    fail(layout, "files", need.files, *space.free_files);
  }
}

}  // namespace xppkg::client
