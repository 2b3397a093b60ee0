#include "trusted_list.hpp"

#include <algorithm>
#include <optional>

#include "fs/files.hpp"
#include "fs/system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxList = 1024 * 1024;

fs::Path users_file() {
  const fs::Path settings = fs::users_settings_folder();
  return settings.empty() ? settings : settings / "xppkg" / "trusted";
}

/// The folder above the file, or the file, that another user may change; empty: none. A link on the
/// way was made by the user himself.
std::optional<fs::Path> others_part(fs::FileSystem& disk, const fs::Path& file) {
  constexpr std::uint32_t kSticky = 01000;
  fs::Path way;
  for (const fs::Path& part : file) {
    way /= part;
    const auto found = disk.stat(way);
    if (!found || found->owner != fs::Owner::trusted) return way;
    const bool is_sticky = (found->mode & kSticky) != 0 && way != file;
    if (found->others_may_write && !is_sticky && !disk.is_owners_group(way)) return way;
  }
  return std::nullopt;
}

/// A list that cannot be read names nothing.
std::vector<std::string> read_list(fs::FileSystem& disk, const fs::Path& named) {
  try {
    if (named.empty()) return {};
    const fs::Path file = fs::real_path(named);
    if (others_part(disk, file)) return {};
    return read_trusted_list(fs::read_file(disk, file, kMaxList));
  } catch (const Error&) {
    return {};
  }
}

/// The list of this user, to be changed: what he wrote into it himself stays.
class UsersList {
 public:
  /// Throws Error{rights_unsafe_folder} where the list is there and does not count, and what the
  /// disk throws: a list that cannot be read is not replaced.
  explicit UsersList(fs::FileSystem& disk) : disk_(disk) {
    const fs::Path named = users_file();
    if (named.empty()) {
      throw Error(Code::usage_invalid, {{"reason", "this user has no folder for settings"}});
    }
    file_ = fs::real_path(named);  // It may be a link to where he keeps his settings.
    const auto found = disk_.stat(file_);
    if (!found) return;
    check();
    mode_ = found->mode & 0777;
    text_ = to_text(fs::read_file(disk_, file_, kMaxList));
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
  }

  /// False if no line names the folder.
  bool take_out(const fs::Path& folder) {
    std::string left;
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      if (line.starts_with('/') && names({std::string(line)}, folder)) continue;
      left.append(line).append("\n");
    }
    const bool was_there = left.size() != text_.size();
    text_ = std::move(left);
    return was_there;
  }

  void save(const std::string& more) {
    if (text_.empty()) text_ = "# Folders whose updates this user trusts, see xppkg trust.\n";
    text_ += more;
    fs::make_directories(disk_, file_.parent_path());
    fs::write_file_atomically(disk_, file_, as_bytes(text_), mode_);
    check();
  }

 private:
  static std::string to_text(const Bytes& bytes) { return std::string(as_text(bytes)); }

  void check() const {
    const auto part = others_part(disk_, file_);
    if (!part) return;
    throw Error(Code::rights_unsafe_folder,
                {{"path", fs::to_utf8(*part)},
                 {"reason", "the list of trusted folders does not count: others could write it"}});
  }

  fs::FileSystem& disk_;
  fs::Path file_;
  std::string text_;
  std::uint32_t mode_ = 0600;
};

}  // namespace

bool is_listed_by_administrators(fs::FileSystem& disk, const fs::Path& folder) {
  const fs::Path lists = fs::systems_settings_folder() / "xppkg" / "trusted.d";
  try {
    if (!disk.stat(lists)) return false;
    return std::ranges::any_of(disk.list(lists), [&](const fs::Path& name) {
      return names(read_list(disk, lists / name), folder);
    });
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> read_trusted_list(ByteView bytes) {
  std::vector<std::string> lines;
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('/')) lines.emplace_back(line);
  }
  return lines;
}

bool names(const std::vector<std::string>& list, const fs::Path& folder) {
  return std::ranges::any_of(list, [&](const std::string& line) {
    const fs::Path path = fs::from_utf8(line).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()) == folder;
  });
}

bool is_listed(fs::FileSystem& disk, const fs::Path& folder) {
  return names(users_list(disk), folder) || is_listed_by_administrators(disk, folder);
}

std::vector<std::string> users_list(fs::FileSystem& disk) {
  return read_list(disk, users_file());
}

void add_to_users_list(fs::FileSystem& disk, const fs::Path& folder) {
  const std::string name = fs::to_utf8(folder);
  if (name.find('\n') != std::string::npos) {
    throw Error(Code::usage_invalid, {{"folder", name}, {"reason", "a line break in the name"}});
  }
  UsersList list(disk);
  if (list.take_out(folder)) return;  // It is there already.
  list.save(name + "\n");
}

bool remove_from_users_list(fs::FileSystem& disk, const fs::Path& folder) {
  UsersList list(disk);
  if (!list.take_out(folder)) return false;
  list.save("");
  return true;
}

std::string quoted(const std::string& path) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+:").find(c) != std::string_view::npos;
  };
  if (std::ranges::all_of(path, is_plain)) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace xppkg::client
