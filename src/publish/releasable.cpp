#include "releasable.hpp"

#include <algorithm>

#include "file_pattern.hpp"
#include "secret_keys.hpp"

namespace xppkg::publish {
namespace {

[[noreturn]] void refuse_place(const fs::Path& tree, const char* what, const fs::Path& other) {
  throw Error(Code::tree_repository, {{"tree", fs::to_utf8(tree)}, {what, fs::to_utf8(other)}});
}

/// The same folder or file by whichever way: a link, another mount.
bool is_same(const fs::Path& one, const fs::Path& other) {
  std::error_code failed;
  return std::filesystem::equivalent(one, other, failed) && !failed;
}

class Inspection {
 public:
  Inspection(fs::FileSystem& disk, const fs::Path& tree, const Entries& entries,
             const AddOptions& options)
      : disk_(disk), tree_(tree), entries_(entries), options_(options) {}

  void folder(const Entry& entry, const RepositoryLayout& layout, const fs::Path& keys) const {
    const fs::Path place = fs::join(tree_, entry.path);
    if (is_same(place, layout.root)) refuse_place(tree_, "repository", place);
    if (!keys.empty() && is_same(place, keys)) refuse_place(tree_, "keys", place);
    require_no_repository(entry.path.text() + "/", place);
  }

  /// A repository of any package: its files are for web servers, not for workstations.
  void require_no_repository(const std::string& prefix, const fs::Path& place) const {
    const auto has = [&](const char* name) {
      return find_entry(entries_, RelPath::parse(prefix + name)) != nullptr;
    };
    if (has("metadata/timestamp.json") && has("metadata/1.root.json") && has("targets")) {
      refuse_place(tree_, "repository", place);
    }
  }

  void file(const Entry& entry) const {
    const fs::Path place = fs::join(tree_, entry.path);
    for (const fs::Path& secret : options_.secret_files) {
      if (is_same(place, secret)) refuse(entry, "the file of the passphrase");
    }
    const auto found = find_secret_key(*disk_.open_read(place));
    if (!found || (!found->is_ours && is_allowed(entry))) return;
    refuse(entry, found->kind);
  }

 private:
  [[nodiscard]] bool is_allowed(const Entry& entry) const {
    return std::ranges::any_of(options_.allowed_keys, [&](const std::string& pattern) {
      return file_matches(pattern, entry.path);
    });
  }

  [[noreturn]] static void refuse(const Entry& entry, const std::string& kind) {
    throw Error(Code::tree_secret, {{"path", entry.path.text()}, {"kind", kind}});
  }

  fs::FileSystem& disk_;
  const fs::Path& tree_;
  const Entries& entries_;
  const AddOptions& options_;
};

}  // namespace

void require_apart(const fs::Path& tree, const RepositoryLayout& layout, const fs::Path& keys) {
  const auto are_apart = [&](const fs::Path& other) {
    return !lies_inside(tree, other) && !lies_inside(other, tree);
  };
  if (!are_apart(layout.root)) refuse_place(tree, "repository", layout.root);
  if (!keys.empty() && !are_apart(keys)) refuse_place(tree, "keys", keys);
}

void require_releasable(fs::FileSystem& disk, const fs::Path& tree, const Entries& entries,
                        const RepositoryLayout& layout, const fs::Path& keys,
                        const AddOptions& options, Observer& observer) {
  const bool has_files = std::ranges::any_of(
      entries, [](const Entry& entry) { return entry.kind == EntryKind::file; });
  if (!has_files) throw Error(Code::tree_empty, {{"tree", fs::to_utf8(tree)}});
  const Inspection inspection(disk, tree, entries, options);
  inspection.require_no_repository("", tree);
  for (const Entry& entry : entries) {
    if (observer.cancelled()) throw Error(Code::cancelled);
    if (entry.kind == EntryKind::directory) inspection.folder(entry, layout, keys);
    if (entry.kind == EntryKind::file) inspection.file(entry);
  }
}

}  // namespace xppkg::publish
