#include "delta/changed_files.hpp"

#include <algorithm>
#include <set>

namespace xppkg::delta {
namespace {

/// Unchanged files help as bases for new ones only; beyond this many bytes they are left out.
constexpr std::uint64_t kMaxUnchangedBase = 64 * 1024 * 1024;

std::set<Blake2b> contents_of(const Entries& entries) {
  std::set<Blake2b> contents;
  for (const Entry& entry : entries) {
    if (entry.kind == EntryKind::file) contents.insert(entry.digest);
  }
  return contents;
}

std::string extension(const Entry& entry) {
  const std::string& path = entry.path.text();
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos || path.find('/', dot) != std::string::npos ? std::string()
                                                                              : path.substr(dot);
}

/// Without `known` contents.
std::vector<std::size_t> choose(const Entries& entries, std::set<Blake2b> known) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (entry.kind == EntryKind::file && known.insert(entry.digest).second) chosen.push_back(i);
  }
  std::ranges::stable_sort(chosen, {}, [&](std::size_t i) { return extension(entries[i]); });
  return chosen;
}

}  // namespace

std::vector<std::size_t> all_files(const Entries& entries) {
  return choose(entries, {});
}

std::vector<std::size_t> changed_files(const Entries& base, const Entries& target) {
  return choose(target, contents_of(base));
}

std::vector<BaseFile> base_files(const Entries& base, const Entries& target) {
  const bool has_new_paths = std::ranges::any_of(target, [&](const Entry& entry) {
    return entry.kind == EntryKind::file && find_entry(base, entry.path) == nullptr;
  });
  std::uint64_t total = 0;
  for (const Entry& entry : base) total += entry.size;
  const std::set<Blake2b> unchanged = contents_of(target);
  const bool takes_all = has_new_paths && total <= kMaxUnchangedBase;
  std::vector<BaseFile> files;
  for (const std::size_t i : choose(base, takes_all ? std::set<Blake2b>() : unchanged)) {
    files.push_back({i, unchanged.contains(base[i].digest)});
  }
  return files;
}

}  // namespace xppkg::delta
