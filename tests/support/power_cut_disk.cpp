#include "power_cut_disk.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {
namespace {

constexpr std::uint64_t kAll = 1ull << 40;

[[noreturn]] void fail(const char* what, const fs::Path& path) {
  throw Error(Code::io_failed, {{"path", fs::to_utf8(path)}, {"cause", what}});
}

class Reader final : public RandomReader {
 public:
  explicit Reader(std::shared_ptr<const Bytes> bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_->size(); }
  void read_at(std::uint64_t offset, MutableByteView out) const override {
    if (offset > bytes_->size() || out.size() > bytes_->size() - offset) fail("too short", {});
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

 private:
  std::shared_ptr<const Bytes> bytes_;
};

}  // namespace

class PowerCutDisk::Writer final : public fs::WriteFile {
 public:
  Writer(PowerCutDisk& disk, NodeId node) : disk_(disk), node_(node) {}
  void write(ByteView bytes) override {
    const Guard guard = disk_.changing();
    Bytes all = *disk_.nodes_[node_].bytes;
    all.insert(all.end(), bytes.begin(), bytes.end());
    disk_.nodes_[node_].bytes = std::make_shared<const Bytes>(std::move(all));
  }
  void sync() override {
    const Guard guard = disk_.changing();
    Node& node = disk_.nodes_[node_];
    node.durable_bytes = node.bytes;
    node.durable_mode = node.mode;
  }

 private:
  PowerCutDisk& disk_;
  NodeId node_;
};

PowerCutDisk::PowerCutDisk() : nodes_(1) {
  nodes_[0].kind = fs::Kind::directory;
  nodes_[0].mode = nodes_[0].durable_mode = 0755;
}

void PowerCutDisk::load(const fs::Path& folder) {
  fs::Path above;
  for (const fs::Path& part : folder.parent_path()) {
    above /= part;
    if (!find(above)) add(above, fs::Kind::directory, 0755);
  }
  load_entry(folder);
  make_durable();
}

void PowerCutDisk::load_entry(const fs::Path& path) {
  fs::FileSystem& computer = fs::native();
  const fs::Stat found = computer.stat(path).value();
  const NodeId node = add(path, found.kind, found.mode);
  if (found.kind == fs::Kind::symlink) nodes_[node].target = computer.read_link(path);
  if (found.kind == fs::Kind::file) {
    nodes_[node].bytes = std::make_shared<const Bytes>(fs::read_file(computer, path, kAll));
  }
  if (found.kind != fs::Kind::directory) return;
  for (const fs::Path& name : computer.list(path)) load_entry(path / name);
}

void PowerCutDisk::make_durable() {
  changes_.clear();
  for (Node& node : nodes_) {
    node.durable_mode = node.mode;
    node.durable_bytes = node.bytes;
    node.durable_names = node.names;
  }
}

void PowerCutDisk::apply(std::vector<Node>& nodes, const Change& change) {
  for (const NameChange& one : change) {
    Names& names = nodes[one.folder].durable_names;
    if (one.node) {
      names[one.name] = *one.node;
    } else {
      names.erase(one.name);
    }
  }
}

bool PowerCutDisk::builds_on(const Change& later, const Change& earlier) {
  return std::ranges::any_of(later, [&](const NameChange& next) {
    return std::ranges::any_of(earlier, [&](const NameChange& one) {
      const bool is_same_name = one.folder == next.folder && one.name == next.name;
      const bool makes_the_folder = one.node == next.folder;
      const bool empties_the_folder = next.before == one.folder;
      return is_same_name || makes_the_folder || empties_the_folder;
    });
  });
}

PowerCutDisk PowerCutDisk::after_power_cut(const Survives& survives) const {
  PowerCutDisk next = *this;
  next.watch_ = nullptr;
  std::vector<Change> lost;
  for (const Change& change : changes_) {
    const bool is_hindered = std::ranges::any_of(
        lost, [&](const Change& earlier) { return builds_on(change, earlier); });
    if (is_hindered || !survives()) {
      lost.push_back(change);
    } else {
      apply(next.nodes_, change);
    }
  }
  for (Node& node : next.nodes_) {
    node.names = node.durable_names;
    if (node.mode != node.durable_mode && !survives()) node.mode = node.durable_mode;
    if (node.bytes == node.durable_bytes || survives()) continue;
    // Too short, or as long as it should be and zeros.
    const bool has_size = survives();
    node.bytes = has_size ? std::make_shared<const Bytes>(node.bytes->size()) : node.durable_bytes;
  }
  next.make_durable();
  return next;
}

std::optional<PowerCutDisk::NameInFolder> PowerCutDisk::place_of(const fs::Path& path) const {
  NameInFolder place;
  for (const fs::Path& part : path.relative_path()) {
    if (!place.name.empty()) {
      const auto folder = at(place);
      if (!folder || nodes_[*folder].kind != fs::Kind::directory) return std::nullopt;
      place.folder = *folder;
    }
    place.name = fs::to_utf8(part);
  }
  return place;
}

std::optional<PowerCutDisk::NodeId> PowerCutDisk::at(const NameInFolder& place) const {
  const Names& names = nodes_[place.folder].names;
  const auto found = names.find(place.name);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::optional<PowerCutDisk::NodeId> PowerCutDisk::find(const fs::Path& path) const {
  const auto place = place_of(path);
  if (!place) return std::nullopt;
  return place->name.empty() ? std::optional<NodeId>(0) : at(*place);
}

PowerCutDisk::NodeId PowerCutDisk::need(const fs::Path& path, fs::Kind kind) const {
  const auto node = find(path);
  if (!node || nodes_[*node].kind != kind) fail("no such name, or of another kind", path);
  return *node;
}

PowerCutDisk::NameInFolder PowerCutDisk::need_place(const fs::Path& path) const {
  const auto place = place_of(path);
  if (!place) fail("no such folder", path);
  return *place;
}

PowerCutDisk::Guard PowerCutDisk::changing() const {
  if (watch_) watch_();
  return Guard(*opening_);
}

void PowerCutDisk::change(Change change) {
  for (NameChange& one : change) {
    Names& names = nodes_[one.folder].names;
    one.before = at({one.folder, one.name});
    if (one.node) {
      names[one.name] = *one.node;
    } else {
      names.erase(one.name);
    }
  }
  changes_.push_back(std::move(change));
}

PowerCutDisk::NodeId PowerCutDisk::add(const fs::Path& path, fs::Kind kind, std::uint32_t mode) {
  const NameInFolder place = need_place(path);
  if (at(place)) fail("the name is taken", path);
  Node node;
  node.kind = kind;
  node.mode = mode;
  node.durable_mode = kind == fs::Kind::directory ? 0700 : 0600;
  nodes_.push_back(std::move(node));
  change({{place.folder, place.name, nodes_.size() - 1}});
  return nodes_.size() - 1;
}

std::optional<fs::Stat> PowerCutDisk::stat(const fs::Path& path) {
  const auto id = find(path);
  if (!id) return std::nullopt;
  const Node& node = nodes_[*id];
  fs::Stat found;
  found.kind = node.kind;
  found.mode = node.mode;
  if (node.kind == fs::Kind::file) found.size = node.bytes->size();
  return found;
}

std::vector<fs::Path> PowerCutDisk::list(const fs::Path& folder) {
  std::vector<fs::Path> names;
  for (const auto& [name, node] : nodes_[need(folder, fs::Kind::directory)].names) {
    names.push_back(fs::from_utf8(name));
  }
  return names;
}

std::string PowerCutDisk::read_link(const fs::Path& path) {
  return nodes_[need(path, fs::Kind::symlink)].target;
}

std::unique_ptr<RandomReader> PowerCutDisk::open_read(const fs::Path& path) {
  const Guard guard(*opening_);
  return std::make_unique<Reader>(nodes_[need(path, fs::Kind::file)].bytes);
}

std::unique_ptr<fs::WriteFile> PowerCutDisk::create(const fs::Path& path, std::uint32_t mode) {
  const Guard guard = changing();
  return std::make_unique<Writer>(*this, add(path, fs::Kind::file, mode));
}

std::unique_ptr<fs::WriteFile> PowerCutDisk::append(const fs::Path& path) {
  const Guard guard = changing();
  const auto node = find(path);
  return std::make_unique<Writer>(*this, node ? *node : add(path, fs::Kind::file, 0644));
}

void PowerCutDisk::truncate(const fs::Path& path, std::uint64_t size) {
  const Guard guard = changing();
  Node& node = nodes_[need(path, fs::Kind::file)];
  Bytes bytes = *node.bytes;
  bytes.resize(size);
  node.bytes = std::make_shared<const Bytes>(std::move(bytes));
}

void PowerCutDisk::make_symlink(const fs::Path& path, const std::string& target) {
  const Guard guard = changing();
  nodes_[add(path, fs::Kind::symlink, 0777)].target = target;
}

void PowerCutDisk::make_directory(const fs::Path& path, std::uint32_t mode) {
  const Guard guard = changing();
  add(path, fs::Kind::directory, mode);
}

void PowerCutDisk::set_mode(const fs::Path& path, std::uint32_t mode) {
  const Guard guard = changing();
  const auto node = find(path);
  if (!node) fail("no such name", path);
  nodes_[*node].mode = mode;
}

void PowerCutDisk::rename(const fs::Path& from, const fs::Path& to) {
  const Guard guard = changing();
  const NameInFolder source = need_place(from);
  const NameInFolder goal = need_place(to);
  const auto node = at(source);
  const auto there = at(goal);
  if (!node) fail("no such name", from);
  if (there && nodes_[*there].kind == fs::Kind::directory) fail("a folder is in the way", to);
  // POSIX keeps both of two names of one file.
  if (there == node) return;
  change({{source.folder, source.name, std::nullopt}, {goal.folder, goal.name, node}});
}

void PowerCutDisk::link(const fs::Path& from, const fs::Path& to) {
  const Guard guard = changing();
  const auto node = find(from);
  const NameInFolder goal = need_place(to);
  if (!node || at(goal)) fail("no such name, or the new one is taken", to);
  change({{goal.folder, goal.name, node}});
}

void PowerCutDisk::remove_file(const fs::Path& path) {
  const Guard guard = changing();
  const NameInFolder place = need_place(path);
  const auto node = at(place);
  if (!node || nodes_[*node].kind == fs::Kind::directory) fail("no such file", path);
  change({{place.folder, place.name, std::nullopt}});
}

void PowerCutDisk::remove_directory(const fs::Path& path) {
  const Guard guard = changing();
  if (!nodes_[need(path, fs::Kind::directory)].names.empty()) fail("not empty", path);
  const NameInFolder place = need_place(path);
  change({{place.folder, place.name, std::nullopt}});
}

void PowerCutDisk::sync_file(const fs::Path& path) {
  Writer(*this, need(path, fs::Kind::file)).sync();
}

void PowerCutDisk::sync_directory(const fs::Path& folder) {
  const Guard guard = changing();
  const NodeId node = need(folder, fs::Kind::directory);
  nodes_[node].durable_mode = nodes_[node].mode;
  // Backwards: what a durable change builds on is durable too.
  std::vector<Change> durable;
  std::vector<Change> rest;
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    const bool is_here =
        std::ranges::any_of(*change, [&](const NameChange& one) { return one.folder == node; });
    const bool is_needed = std::ranges::any_of(
        durable, [&](const Change& later) { return builds_on(later, *change); });
    (is_here || is_needed ? durable : rest).push_back(std::move(*change));
  }
  std::ranges::reverse(durable);
  std::ranges::reverse(rest);
  for (const Change& change : durable) apply(nodes_, change);
  changes_ = std::move(rest);
}

fs::Space PowerCutDisk::space(const fs::Path&) {
  fs::Space space;
  space.free_bytes = kAll;
  return space;
}

fs::VolumeLimits PowerCutDisk::limits(const fs::Path&) {
  return {255, 4096, kAll};
}

bool PowerCutDisk::may_write(const fs::Path&) {
  return true;
}

std::unique_ptr<fs::Lock> PowerCutDisk::try_lock(const fs::Path&) {
  return std::make_unique<fs::Lock>();
}

std::unique_ptr<fs::Lock> PowerCutDisk::try_share_lock(const fs::Path&) {
  return std::make_unique<fs::Lock>();
}

std::vector<fs::Holder> PowerCutDisk::holders(const fs::Path&) {
  return {};
}

void PowerCutDisk::pause(std::chrono::milliseconds) {}

}  // namespace xppkg::test
