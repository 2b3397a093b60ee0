#include "displaced.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

constexpr std::size_t kMostTold = 100;

class Finder {
 public:
  explicit Finder(fs::FileSystem& disk) : disk_(disk) {}

  /// `shown`: the place for messages; `path`: the file's name in the release.
  void look(const fs::Path& folder, const std::string& shown, const std::string& path) {
    auto names = disk_.list(folder);
    std::ranges::sort(names);
    for (const fs::Path& name : names) {
      if (notices_.size() == kMostTold) return;
      const auto found = disk_.stat(folder / name);
      const std::string text = fs::to_utf8(name);
      const std::string below = path.empty() ? text : path + "/" + text;
      if (found && found->kind == fs::Kind::directory) {
        look(folder / name, shown + "/" + text, below);
      } else if (found) {
        notices_.push_back({"file.waiting", below, shown + "/" + text});
      }
    }
  }

  std::vector<Notice> take() { return std::move(notices_); }

 private:
  fs::FileSystem& disk_;
  std::vector<Notice> notices_;
};

}  // namespace

std::vector<Notice> find_displaced(fs::FileSystem& disk, const install::Layout& layout,
                                   const std::string& version) {
  Finder finder(disk);
  try {
    // VERSION, and VERSION-2 and so on where earlier ones stood in the way.
    for (int n = 1;; ++n) {
      const std::string name = n == 1 ? version : fmt::format("{}-{}", version, n);
      const auto found = disk.stat(layout.displaced() / name);
      if (!found || found->kind != fs::Kind::directory) break;
      finder.look(layout.displaced() / name, ".xppkg/displaced/" + name, "");
    }
  } catch (const Error&) {
    // The files found so far are reported.
  }
  return finder.take();
}

}  // namespace xppkg::client
