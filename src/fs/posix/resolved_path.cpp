#include "resolved_path.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>

#ifdef __linux__
#include <linux/openat2.h>
#endif

namespace xppkg::fs {
namespace {

class ResolverAsGiven final : public PathResolver {
 public:
  [[nodiscard]] ResolvedPath name(const Path& path) const override {
    return ResolvedPath(path.native());
  }
  [[nodiscard]] std::optional<ResolvedPath> find_name(const Path& path) const override {
    return name(path);
  }
  [[nodiscard]] ResolvedPath changed_name(const Path& path) const override { return name(path); }
  [[nodiscard]] ResolvedPath folder(const Path& path) const override { return name(path); }
};

#ifdef __linux__
constexpr int kLookUp = O_PATH;
#else
constexpr int kLookUp = O_RDONLY;
#endif
constexpr int kFolderFlags = kLookUp | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void unsafe(const Path& path, const char* reason) {
  throw Error(Code::rights_unsafe_folder, {{"path", to_utf8(path)}, {"reason", reason}});
}

bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

Descriptor open_by_component(int root, const Path& below) {
  Descriptor found(::openat(root, ".", kFolderFlags));
  for (const Path& part : below) {
    if (found.get() < 0) break;
    found = Descriptor(::openat(found.get(), part.c_str(), kFolderFlags));
  }
  return found;
}

Descriptor open_by_kernel(int root, const Path& below) {
#ifdef __linux__
  static std::atomic<bool> is_there = true;
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kFolderFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (is_there) {
    const long number = ::syscall(SYS_openat2, root, below.c_str(), &how, sizeof how);
    if (number >= 0) return Descriptor(static_cast<int>(number));
    // An old kernel, or a container that does not know the call.
    if (errno != ENOSYS && errno != EPERM) return Descriptor();
    is_there = false;
  }
#endif
  return open_by_component(root, below);
}

class ResolverBeneath final : public PathResolver {
 public:
  ResolverBeneath(Path root, Resolution resolution)
      : root_(std::move(root)),
        resolution_(resolution),
        root_folder_(
            open_by_component(Descriptor(::open("/", kFolderFlags)).get(), root_.relative_path())) {
    if (root_folder_.get() >= 0) return;
    if (errno == ENOTDIR || errno == ELOOP) unsafe(root_, "a symbolic link is on the way");
    fail("open", root_);
  }

  [[nodiscard]] ResolvedPath name(const Path& path) const override {
    const auto below = below_root(path);
    if (!below) return ResolvedPath(path.native());
    if (auto place = try_name(*below)) return std::move(*place);
    refuse(path);
  }

  [[nodiscard]] std::optional<ResolvedPath> find_name(const Path& path) const override {
    const auto below = below_root(path);
    if (!below) return ResolvedPath(path.native());
    auto place = try_name(*below);
    if (!place && !is_missing(errno)) refuse(path);
    return place;
  }

  [[nodiscard]] ResolvedPath changed_name(const Path& path) const override {
    if (!below_root(path)) unsafe(path, "it lies outside of the folder");
    return name(path);
  }

  [[nodiscard]] ResolvedPath folder(const Path& path) const override {
    const auto below = below_root(path);
    if (!below) return ResolvedPath(path.native());
    Descriptor found = open(*below);
    if (found.get() < 0) refuse(path);
    return ResolvedPath(std::move(found), ".");
  }

 private:
  [[nodiscard]] std::optional<Path> below_root(const Path& path) const {
    const Path below = path.lexically_normal().lexically_relative(root_);
    if (below.empty() || *below.begin() == "..") return std::nullopt;
    return below;
  }

  [[nodiscard]] std::optional<ResolvedPath> try_name(const Path& below) const {
    Descriptor found = open(below.parent_path());
    if (found.get() < 0) return std::nullopt;
    // The root itself is looked at in itself.
    const Path name = below.filename();
    return ResolvedPath(std::move(found), name.empty() ? "." : name.native());
  }

  [[nodiscard]] Descriptor open(const Path& below) const {
    const Path named = below.empty() ? Path(".") : below;
    return resolution_ == Resolution::by_kernel ? open_by_kernel(root_folder_.get(), named)
                                                : open_by_component(root_folder_.get(), named);
  }

  [[noreturn]] static void refuse(const Path& path) {
    if (errno == ELOOP || errno == ENOTDIR) {
      unsafe(path, "a symbolic link or a file is in the place of a folder");
    }
    fail("open the folder of", path);
  }

  Path root_;
  Resolution resolution_;
  Descriptor root_folder_;
};

}  // namespace

std::unique_ptr<const PathResolver> resolver_as_given() {
  return std::make_unique<ResolverAsGiven>();
}

std::unique_ptr<const PathResolver> resolver_beneath(const Path& root, Resolution resolution) {
  return std::make_unique<ResolverBeneath>(root, resolution);
}

}  // namespace xppkg::fs
