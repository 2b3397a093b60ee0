#include "trees.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

#include "fs/files.hpp"
#include "tree/scan.hpp"

namespace xppkg::test {
namespace {

Item item_of(const std::string& line) {
  std::istringstream words(line);
  std::string kind;
  std::string word;
  Item item;
  words >> kind >> item.path;
  item.config = kind == "config";
  item.mode = kind == "folder" ? 0755 : 0644;
  if (kind == "folder") item.kind = EntryKind::directory;
  if (kind == "link") {
    item.kind = EntryKind::symlink;
    item.mode = 0;
  }
  while (words >> word) {
    if (word == "=" || word == "->") {
      std::getline(words >> std::ws, item.text);
      break;
    }
    item.mode = static_cast<std::uint32_t>(std::stoul(word, nullptr, 8));
  }
  const bool known = kind == "file" || kind == "config" || kind == "folder" || kind == "link";
  if (!known) throw std::invalid_argument("not a line of a tree: " + line);
  return item;
}

void add_parents(Tree& tree) {
  std::set<std::string> known;
  for (const Item& item : tree) known.insert(item.path);
  const Tree listed = tree;
  for (const Item& item : listed) {
    for (const RelPath& parent : RelPath::parse(item.path).parents()) {
      if (known.insert(parent.text()).second) {
        tree.push_back({parent.text(), EntryKind::directory, 0755, "", false});
      }
    }
  }
  std::ranges::sort(tree, {}, &Item::path);
}

void lay_item(fs::FileSystem& disk, const Item& item, const fs::Path& place) {
  if (item.kind == EntryKind::directory) {
    if (!disk.stat(place)) disk.make_directory(place, 0700);
    return;
  }
  fs::remove_file_if_there(disk, place);
  if (item.kind == EntryKind::symlink) return disk.make_symlink(place, item.text);
  disk.create(place, item.mode)->write(as_bytes(item.text));
}

void look(fs::FileSystem& disk, const fs::Path& folder, const std::string& prefix, Picture& out) {
  for (const fs::Path& name : disk.list(folder)) {
    const std::string path = prefix + fs::to_utf8(name);
    if (path == ".xppkg") continue;
    const fs::Path place = folder / name;
    const fs::Stat found = disk.stat(place).value();
    if (found.kind == fs::Kind::directory) {
      out[path] = fmt::format("folder {:o}", found.mode);
      look(disk, place, path + "/", out);
    } else if (found.kind == fs::Kind::symlink) {
      out[path] = "link -> " + disk.read_link(place);
    } else {
      out[path] = fmt::format("file {} {:o}", tree::hash_file(disk, place).hex(), found.mode);
    }
  }
}

}  // namespace

Tree tree_of(std::string_view words) {
  Tree tree;
  std::istringstream lines{std::string(words)};
  std::string line;
  while (std::getline(lines, line)) {
    if (line.find_first_not_of(' ') != std::string::npos) tree.push_back(item_of(line));
  }
  add_parents(tree);
  return tree;
}

void lay(const Tree& tree, const fs::Path& folder) {
  fs::FileSystem& disk = fs::native();
  fs::make_directories(disk, folder);
  for (const Item& item : tree) lay_item(disk, item, folder / fs::from_utf8(item.path));
  for (auto item = tree.rbegin(); item != tree.rend(); ++item) {
    if (item->kind == EntryKind::directory) {
      disk.set_mode(folder / fs::from_utf8(item->path), item->mode);
    }
  }
}

Picture picture_of(const fs::Path& folder, fs::FileSystem& disk) {
  Picture picture;
  look(disk, folder, "", picture);
  return picture;
}

std::string differences(const Picture& expected, const Picture& actual) {
  std::string text;
  for (const auto& [path, what] : expected) {
    const auto found = actual.find(path);
    const std::string there = found == actual.end() ? "nothing" : found->second;
    if (there != what) text += fmt::format("\n  {}: expected {}, found {}", path, what, there);
  }
  for (const auto& [path, what] : actual) {
    if (!expected.contains(path)) text += fmt::format("\n  {}: not expected, is {}", path, what);
  }
  return text;
}

}  // namespace xppkg::test
