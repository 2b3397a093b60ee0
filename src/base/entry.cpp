#include "base/entry.hpp"

#include <algorithm>
#include <map>

#include "base/tree_index.hpp"

namespace xppkg {
namespace {

[[noreturn]] void refuse(const Entry& entry, std::string reason,
                         Code code = Code::tree_unsafe_entry) {
  throw Error(code, {{"path", entry.path.text()}, {"reason", std::move(reason)}});
}

void check_one(const Entry& entry) {
  if (entry.mode > 0777) refuse(entry, "a set-user-id, set-group-id or sticky mode");
  if (entry.kind == EntryKind::symlink && !link_stays_inside(entry.path, entry.target)) {
    refuse(entry, "a symbolic link that leaves the tree");
  }
  // At any depth: the folder around it would be an installation of its own. Compared folded:
  // ".XPPKG" is the same folder on Windows, and "XPPKG~1" is its short name.
  for (const std::string& segment : entry.path.segments()) {
    const std::string name = RelPath::parse(segment).collision_key();
    if (name == ".xppkg" || name.starts_with("xppkg~")) {
      refuse(entry, "the name .xppkg belongs to the updater");
    }
  }
}

void check_parents(const Entries& entries, const Entry& entry) {
  const auto parents = entry.path.parents();
  if (parents.empty()) return;
  const Entry* parent = find_entry(entries, parents.back());
  if (parent == nullptr) refuse(entry, "the folder above it is not listed");
  if (parent->kind != EntryKind::directory)
    refuse(entry, "it lies below something that is no folder");
}

void check_collisions(const Entries& entries) {
  std::map<std::string, const Entry*> seen;
  for (const Entry& entry : entries) {
    const auto [other, inserted] = seen.emplace(entry.path.collision_key(), &entry);
    if (!inserted) {
      refuse(entry,
             "the same as \"" + other->second->path.text() +
                 "\" where case or Unicode form do not count",
             Code::tree_unsafe_name);
    }
  }
}

}  // namespace

bool Entry::same_content(const Entry& other) const {
  return kind == other.kind && mode == other.mode && size == other.size && digest == other.digest &&
         target == other.target;
}

void sort_and_check(Entries& entries) {
  std::ranges::sort(entries, {}, &Entry::path);
  check_collisions(entries);
  for (const Entry& entry : entries) {
    check_one(entry);
    check_parents(entries, entry);
  }
}

Blake2b tree_digest(const Entries& entries) {
  return blake2b(write_tree_index(entries));
}

const Entry* find_entry(const Entries& entries, const RelPath& path) {
  const auto found = std::ranges::lower_bound(entries, path, {}, &Entry::path);
  return found != entries.end() && found->path == path ? &*found : nullptr;
}

}  // namespace xppkg
