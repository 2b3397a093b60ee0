#include "spelling.hpp"

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::install {
namespace {

struct Split {
  std::string folder;  ///< empty: the root
  std::string name;
};

Split split(const RelPath& path) {
  const std::size_t slash = path.text().rfind('/');
  if (slash == std::string::npos) return {"", path.text()};
  return {path.text().substr(0, slash), path.text().substr(slash + 1)};
}

/// Empty for a name that no release can have.
std::string key_of(const std::string& name) {
  try {
    return RelPath::parse(name).collision_key();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

const std::set<std::string>& Spelling::names_in(const std::string& folder) {
  const auto [known, inserted] = names_.try_emplace(folder);
  if (inserted) {
    for (const fs::Path& name : disk_.list(layout_.root / fs::from_utf8(folder))) {
      known->second.insert(fs::to_utf8(name));
    }
  }
  return known->second;
}

std::optional<std::string> Spelling::other_name(const RelPath& path) {
  const auto [folder, name] = split(path);
  const std::set<std::string>& names = names_in(folder);
  if (names.contains(name)) return std::nullopt;
  const std::string key = key_of(name);
  for (const std::string& other : names) {
    if (key_of(other) == key) return other;
  }
  return std::nullopt;
}

bool Spelling::is_one(const RelPath& a, const RelPath& b) {
  if (a == b) return true;
  if (!disk_.stat(fs::join(layout_.root, a)) || !disk_.stat(fs::join(layout_.root, b)))
    return false;
  const auto [folder_a, name_a] = split(a);
  const auto [folder_b, name_b] = split(b);
  if (folder_a != folder_b && !is_one(RelPath::parse(folder_a), RelPath::parse(folder_b))) {
    return false;
  }
  const std::set<std::string>& names = names_in(folder_a);
  return name_a == name_b || !names.contains(name_a) || !names.contains(name_b);
}

FoldedEntries::FoldedEntries(const Entries& entries) {
  for (const Entry& entry : entries) entries_.emplace(entry.path.collision_key(), &entry);
}

const Entry* FoldedEntries::find(const RelPath& path) const {
  const auto found = entries_.find(path.collision_key());
  return found == entries_.end() ? nullptr : found->second;
}

}  // namespace xppkg::install
