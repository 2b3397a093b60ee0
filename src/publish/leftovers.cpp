#include "leftovers.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kKeptVersions = 10;
constexpr std::string_view kUnfinished = ".new";  // of write_file_atomically

/// `package` is empty for the top role, which lists no release.
void list_targets(const RepositoryLayout& layout, const std::string& package,
                  const trust::Targets& role, std::set<fs::Path>& files) {
  const auto gone = manifest::withdrawn_packages(manifest::read_catalogue(package, role));
  for (const auto& [path, target] : role.targets) {
    if (!gone.contains(path)) files.insert(layout.target(manifest::file_of(path, target)));
  }
}

bool is_folder(fs::FileSystem& disk, const fs::Path& path) {
  const auto found = disk.stat(path);
  return found && found->kind == fs::Kind::directory;
}

RemovedFile describe(const RepositoryLayout& layout, const fs::Path& path, const fs::Stat& found) {
  return {fs::to_utf8(path.lexically_relative(layout.root).generic_string()), found.size};
}

std::vector<fs::Path> sorted_names(fs::FileSystem& disk, const fs::Path& folder) {
  std::vector<fs::Path> names = disk.list(folder);
  std::ranges::sort(names);
  return names;
}

struct MetadataName {
  std::uint64_t version = 0;
  std::string role;
};

/// Parses a name such as "7.app.json".
std::optional<MetadataName> parse_name(std::string_view name) {
  constexpr std::string_view kEnd = ".json";
  MetadataName parsed;
  const char* const end = name.data() + name.size();
  const auto [after, error] = std::from_chars(name.data(), end, parsed.version);
  if (error != std::errc() || after == end || *after != '.' || !name.ends_with(kEnd)) return {};
  name.remove_prefix(static_cast<std::size_t>(after - name.data()) + 1);
  if (name.size() <= kEnd.size()) return {};
  parsed.role = name.substr(0, name.size() - kEnd.size());
  return parsed;
}

bool is_old(std::string_view name, const std::map<std::string, std::uint64_t>& current) {
  const bool is_unfinished = name.ends_with(kUnfinished);
  if (is_unfinished) name.remove_suffix(kUnfinished.size());
  if (is_unfinished && name == "timestamp.json") return true;
  const auto parsed = parse_name(name);
  if (!parsed) return false;
  const auto role = current.find(parsed->role);
  if (role == current.end()) return false;
  return is_unfinished || parsed->version + kKeptVersions <= role->second;
}

}  // namespace

std::set<fs::Path> listed_files(const RepositoryLayout& layout, const Published& published,
                                const std::string& package, const trust::Targets& role) {
  std::set<fs::Path> files;
  list_targets(layout, "", published.set.targets(), files);
  for (const std::string& name : published.packages) {
    list_targets(layout, name, name == package ? role : published.set.delegated(name), files);
  }
  return files;
}

std::vector<RemovedFile> unlisted_files(fs::FileSystem& disk, const RepositoryLayout& layout,
                                        const std::set<fs::Path>& listed, const fs::Path& folder) {
  std::vector<RemovedFile> files;
  if (!is_folder(disk, folder)) return files;
  for (const fs::Path& name : sorted_names(disk, folder)) {
    const fs::Path path = folder / name;
    const auto found = disk.stat(path);
    if (!found) continue;
    if (found->kind == fs::Kind::directory) {
      std::ranges::move(unlisted_files(disk, layout, listed, path), std::back_inserter(files));
    } else if (found->kind == fs::Kind::file && !listed.contains(path)) {
      files.push_back(describe(layout, path, *found));
    }
  }
  return files;
}

std::vector<RemovedFile> old_metadata(fs::FileSystem& disk, const RepositoryLayout& layout,
                                      const std::map<std::string, std::uint64_t>& current) {
  std::vector<RemovedFile> files;
  for (const fs::Path& name : sorted_names(disk, layout.metadata())) {
    if (!is_old(fs::to_utf8(name), current)) continue;
    const fs::Path path = layout.metadata() / name;
    const auto found = disk.stat(path);
    if (found && found->kind == fs::Kind::file) files.push_back(describe(layout, path, *found));
  }
  return files;
}

void remove_files(fs::FileSystem& disk, const RepositoryLayout& layout,
                  const std::vector<RemovedFile>& files) {
  for (const RemovedFile& file : files) {
    fs::remove_file_if_there(disk, layout.root / fs::from_utf8(file.path));
  }
}

void remove_empty_folders(fs::FileSystem& disk, const fs::Path& folder) {
  if (!is_folder(disk, folder)) return;
  for (const fs::Path& name : disk.list(folder)) remove_empty_folders(disk, folder / name);
  if (disk.list(folder).empty()) disk.remove_directory(folder);
}

}  // namespace xppkg::publish
