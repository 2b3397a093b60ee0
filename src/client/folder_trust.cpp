#include "folder_trust.hpp"

#include <algorithm>

#include "fs/system.hpp"
#include "install/state_kinds.hpp"
#include "trusted_list.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

/// The users that are trusted.
enum class Rule {
  usual,
  guarded,  ///< for a run with more rights than its caller has
};

class Judge {
 public:
  Judge(fs::FileSystem& disk, const install::Layout& layout, Rule rule)
      : disk_(disk), layout_(layout), is_guarded_(rule == Rule::guarded) {}

  /// From the top: files in a folder can be believed only after the folder itself.
  void check_way() {
    fs::Path way;
    for (const fs::Path& part : layout_.state()) {
      way /= part;
      const auto found = disk_.stat(way);
      if (!found && !is_guarded_) return;
      if (!found) {
        throw Error(Code::usage_not_installation, {{"folder", fs::to_utf8(layout_.state())}});
      }
      check(way, *found, fs::Kind::directory);
    }
    check_state(layout_.state());
  }

 private:
  [[noreturn]] static void unsafe(const fs::Path& path, const std::string& reason) {
    throw Error(Code::rights_unsafe_folder, {{"path", fs::to_utf8(path)}, {"reason", reason}});
  }

  [[noreturn]] void not_a_folder(const fs::Path& path) const {
    if (path == layout_.state()) install::refuse_kind(path, fs::Kind::directory);
    throw Error(Code::usage_invalid, {{"folder", fs::to_utf8(path)}, {"reason", "it is a file"}});
  }

  [[nodiscard]] bool is_ours(const fs::Stat& found) const {
    return found.owner == fs::Owner::trusted ||
           (!is_guarded_ && found.owner == fs::Owner::sudo_caller);
  }

  /// Where all may write, but nobody may remove what is another's.
  [[nodiscard]] bool is_sticky_parent(const fs::Path& path, const fs::Stat& found) const {
    constexpr std::uint32_t kSticky = 01000;
    const bool is_above =
        path != layout_.root && std::ranges::mismatch(path, layout_.root).in1 == path.end();
    return !is_guarded_ && (found.mode & kSticky) != 0 && is_above;
  }

  void check(const fs::Path& path, const fs::Stat& found, fs::Kind wanted) {
    if (found.kind == fs::Kind::symlink) unsafe(path, "it is a symbolic link");
    if (found.kind == fs::Kind::other) unsafe(path, "it is neither a file nor a folder");
    if (!is_ours(found)) unsafe(path, "it belongs to another user");
    if (found.kind != wanted) not_a_folder(path);
    if (!found.others_may_write) return;
    if (is_sticky_parent(path, found) || (!is_guarded_ && disk_.is_owners_group(path))) return;
    unsafe(path, "others may write it");
  }

  [[nodiscard]] bool holds_files_of_releases(const fs::Path& folder) const {
    if (folder.filename() == "files" && folder.parent_path().parent_path() == layout_.kept()) {
      return true;
    }
    return folder == layout_.staging() || folder == layout_.backup() ||
           folder == layout_.displaced();
  }

  /// Another run may be at work: files it removes meanwhile do no harm.
  std::vector<fs::Path> list(const fs::Path& folder) {
    try {
      return disk_.list(folder);
    } catch (const Error&) {
      if (disk_.stat(folder)) throw;
      return {};
    }
  }

  /// Staged files are closed to users who may only read: they recover nothing of them.
  std::vector<fs::Path> list_open_to_us(const fs::Path& folder) {
    try {
      return list(folder);
    } catch (const Error& error) {
      if (error.code() != Code::rights_denied) throw;
      return {};
    }
  }

  void check_state(const fs::Path& folder) {
    for (const fs::Path& name : list(folder)) {
      const fs::Path path = folder / name;
      const auto found = disk_.stat(path);
      if (!found) continue;
      const bool is_folder = found->kind == fs::Kind::directory;
      check(path, *found, is_folder ? fs::Kind::directory : fs::Kind::file);
      if (is_folder && path == layout_.staging()) check_staged(path);
      if (is_folder && !holds_files_of_releases(path)) check_state(path);
    }
  }

  /// Recovery gives staged files their names in DIR: the journal names no digests. The modes are
  /// those of the release.
  void check_staged(const fs::Path& folder) {
    for (const fs::Path& name : list_open_to_us(folder)) {
      const fs::Path path = folder / name;
      const auto found = disk_.stat(path);
      if (!found) continue;
      if (found->kind == fs::Kind::directory) {
        check(path, *found, fs::Kind::directory);
        check_staged(path);
      } else if (!is_ours(*found)) {
        unsafe(path, "it belongs to another user");
      }
    }
  }

  fs::FileSystem& disk_;
  const install::Layout& layout_;
  bool is_guarded_;
};

}  // namespace

void check_trusted(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    Judge(disk, layout, Rule::usual).check_way();
  } catch (Error& error) {
    if (error.code() != Code::rights_unsafe_folder) throw;
    if (is_listed(disk, layout.root)) return;
    throw Error(error).with("trust with", "xppkg trust " + quoted(fs::to_utf8(layout.root)));
  }
}

void check_guarded(fs::FileSystem& disk, const install::Layout& layout) {
  if (!layout.root.is_absolute()) {
    throw Error(Code::rights_unsafe_folder,
                {{"path", fs::to_utf8(layout.root)}, {"reason", "it is not an absolute path"}});
  }
  Judge(disk, layout, Rule::guarded).check_way();
}

install::Layout trusted_layout(const std::string& folder) {
  const install::Layout layout{fs::real_path(fs::from_utf8(folder))};
  check_trusted(fs::native(), layout);
  return layout;
}

}  // namespace xppkg::client
