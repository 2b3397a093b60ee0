#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "fs/file_system.hpp"

namespace xppkg::test {

/// A disk in memory that keeps to what was promised and to nothing more. Bytes and modes of a file
/// are durable after its sync; names after the sync of their folder; a rename from one folder to
/// another is one change, durable after the sync of either. Until then a power cut keeps any of the
/// changes and loses any other: later ones may survive earlier ones, except that changes of the
/// same name in the same folder keep their order, that nothing survives in a folder that is lost
/// itself, and that a folder is gone only if what made it empty is. Not for use from two threads at
/// once, except that files may be opened while another one changes the disk.
class PowerCutDisk final : public fs::FileSystem {
 public:
  PowerCutDisk();

  /// Copies a folder of the computer to the same path here, as if it had lain there for long.
  void load(const fs::Path& folder);

  /// Is called before each change, with the disk as it is.
  void watch(std::function<void()> before_change) { watch_ = std::move(before_change); }

  /// A choice that decides what of the changes that are not durable outlives a power cut.
  using Survives = std::function<bool()>;
  /// The disk as it is found after a power cut now.
  [[nodiscard]] PowerCutDisk after_power_cut(const Survives& survives) const;
  /// Changes that a power cut now might lose.
  [[nodiscard]] std::size_t pending() const { return changes_.size(); }

  std::optional<fs::Stat> stat(const fs::Path& path) override;
  std::vector<fs::Path> list(const fs::Path& folder) override;
  std::string read_link(const fs::Path& path) override;
  std::unique_ptr<RandomReader> open_read(const fs::Path& path) override;
  std::unique_ptr<fs::WriteFile> create(const fs::Path& path, std::uint32_t mode) override;
  std::unique_ptr<fs::WriteFile> append(const fs::Path& path) override;
  void truncate(const fs::Path& path, std::uint64_t size) override;
  void make_symlink(const fs::Path& path, const std::string& target) override;
  void make_directory(const fs::Path& path, std::uint32_t mode) override;
  void set_mode(const fs::Path& path, std::uint32_t mode) override;
  void rename(const fs::Path& from, const fs::Path& to) override;
  void link(const fs::Path& from, const fs::Path& to) override;
  void remove_file(const fs::Path& path) override;
  void remove_directory(const fs::Path& path) override;
  void sync_file(const fs::Path& path) override;
  void sync_directory(const fs::Path& folder) override;
  fs::Space space(const fs::Path& path) override;
  fs::VolumeLimits limits(const fs::Path& folder) override;
  bool may_write(const fs::Path& folder) override;
  std::unique_ptr<fs::Lock> try_lock(const fs::Path& file) override;
  std::unique_ptr<fs::Lock> try_share_lock(const fs::Path& file) override;
  std::vector<fs::Holder> holders(const fs::Path& path) override;
  void pause(std::chrono::milliseconds time) override;

 private:
  class Writer;
  using NodeId = std::size_t;
  using Names = std::map<std::string, NodeId>;

  /// The entry that a name leads to.
  struct Node {
    fs::Kind kind = fs::Kind::file;
    std::uint32_t mode = 0;
    std::uint32_t durable_mode = 0;
    std::shared_ptr<const Bytes> bytes = std::make_shared<const Bytes>();
    std::shared_ptr<const Bytes> durable_bytes = bytes;
    std::string target;
    Names names;
    Names durable_names;
  };
  /// The new target of a name in a folder; nothing: the name is gone.
  struct NameChange {
    NodeId folder = 0;
    std::string name;
    std::optional<NodeId> node;
    std::optional<NodeId> before = {};  ///< what it led to
  };
  /// One step of a power cut: all of it or nothing.
  using Change = std::vector<NameChange>;

  struct NameInFolder {
    NodeId folder = 0;
    std::string name;
  };
  [[nodiscard]] std::optional<NodeId> find(const fs::Path& path) const;
  [[nodiscard]] std::optional<NameInFolder> place_of(const fs::Path& path) const;
  NodeId need(const fs::Path& path, fs::Kind kind) const;
  NameInFolder need_place(const fs::Path& path) const;
  [[nodiscard]] std::optional<NodeId> at(const NameInFolder& place) const;
  NodeId add(const fs::Path& path, fs::Kind kind, std::uint32_t mode);
  void change(Change change);
  using Guard = std::unique_lock<std::mutex>;
  [[nodiscard]] Guard changing() const;
  void load_entry(const fs::Path& path);
  void make_durable();
  static void apply(std::vector<Node>& nodes, const Change& change);
  /// True if `later` cannot be without `earlier`.
  static bool builds_on(const Change& later, const Change& earlier);

  std::vector<Node> nodes_;
  std::vector<Change> changes_;  // since they became durable, in order
  std::function<void()> watch_;
  std::shared_ptr<std::mutex> opening_ = std::make_shared<std::mutex>();
};

}  // namespace xppkg::test
