#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "descriptor.hpp"
#include "fs/beneath.hpp"
#include "holders.hpp"
#include "open_file.hpp"
#include "private_group.hpp"
#include "resolved_path.hpp"
#include "rights.hpp"

#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

namespace xppkg::fs {
namespace {

/// True for the user who called sudo. Only root learns that from sudo's environment.
bool is_sudo_caller(uid_t user) {
  const char* caller = ::geteuid() == 0 ? std::getenv("SUDO_UID") : nullptr;
  return caller != nullptr && fmt::to_string(user) == caller;
}

Owner owner_of(uid_t user) {
  if (user == 0 || user == ::geteuid()) return Owner::trusted;
  return is_sudo_caller(user) ? Owner::sudo_caller : Owner::other;
}

Stat from_posix(const struct stat& raw) {
  Stat found;
  if (S_ISREG(raw.st_mode)) found.kind = Kind::file;
  if (S_ISDIR(raw.st_mode)) found.kind = Kind::directory;
  if (S_ISLNK(raw.st_mode)) found.kind = Kind::symlink;
  found.size = S_ISREG(raw.st_mode) ? static_cast<std::uint64_t>(raw.st_size) : 0;
  found.mode = raw.st_mode & 07777;
#ifdef __APPLE__
  const auto& modified = raw.st_mtimespec;
#else
  const auto& modified = raw.st_mtim;
#endif
  found.modified_ns = std::int64_t{modified.tv_sec} * 1'000'000'000 + modified.tv_nsec;
  found.device = raw.st_dev;
  if (S_ISREG(raw.st_mode)) found.names = raw.st_nlink;
  found.is_own = ::geteuid() == 0 || raw.st_uid == ::geteuid();
  found.owner = owner_of(raw.st_uid);
  // The group's bits also bound what access control lists give to others.
  found.others_may_write = (raw.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return found;
}

void sync_descriptor(int number, const Path& path) {
#ifdef F_FULLFSYNC
  // macOS: fsync leaves the bytes in the drive's cache.
  if (::fcntl(number, F_FULLFSYNC) == 0) return;
#endif
  if (::fsync(number) != 0) fail("sync", path);
}

#ifdef __linux__
constexpr int kLookUp = O_PATH;  // No right to read is needed to ask what lies below a name.
#else
constexpr int kLookUp = O_RDONLY;
#endif

/// FAT notes the size of a file in 32 bits. Linux has no other way to ask for that.
bool is_fat(int folder) {
#ifdef __linux__
  struct statfs raw {};
  return ::fstatfs(folder, &raw) == 0 && raw.f_type == MSDOS_SUPER_MAGIC;
#else
  constexpr long kFatBits = 33;
  return ::fpathconf(folder, _PC_FILESIZEBITS) == kFatBits;
#endif
}

class PosixReader final : public OpenFile {
 public:
  PosixReader(const Path& path, int number, std::uint64_t size)
      : path_(path), file_(number), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] int descriptor() const override { return file_.get(); }

  void read_at(std::uint64_t offset, MutableByteView out) const override {
    while (!out.empty()) {
      const ssize_t got = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read", path_);
      if (got == 0) {
        throw Error(Code::io_failed, {{"operation", "read"},
                                      {"path", to_utf8(path_)},
                                      {"cause", "the file ends too early"}});
      }
      offset += static_cast<std::uint64_t>(got);
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  Path path_;
  Descriptor file_;
  std::uint64_t size_;
};

class PosixWriter final : public WriteFile {
 public:
  PosixWriter(const Path& path, int number, std::uint64_t size = 0)
      : path_(path), file_(number), written_(size) {}

  // Blocks of zeros become holes: a file that was sparse at the vendor's is sparse everywhere.
  void write(ByteView bytes) override {
    while (!bytes.empty()) {
      const std::size_t data = before_zeros(bytes);
      write_data(bytes.first(data));
      bytes = bytes.subspan(data);
      const std::size_t zeros = leading_zeros(bytes);
      if (zeros >= kLeastHole) leave_hole(zeros);
      bytes = bytes.subspan(zeros >= kLeastHole ? zeros : 0);
    }
  }

  void sync() override { sync_descriptor(file_.get(), path_); }

  void set_mode(std::uint32_t mode) {
    if (::fchmod(file_.get(), mode) != 0) fail("set mode of", path_);
  }

 private:
  /// Shorter rows of zeros, which any program has, are not worth a piece more of the file.
  static constexpr std::size_t kLeastHole = 32 * 1024;

  static std::size_t leading_zeros(ByteView bytes) {
    return static_cast<std::size_t>(
        std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte != 0; }) - bytes.begin());
  }

  /// How many bytes stand before the first hole.
  static std::size_t before_zeros(ByteView bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= kLeastHole) {
      // No hole begins before the last byte of a stretch of its length that is not zero.
      const auto stretch = bytes.subspan(at, kLeastHole);
      const auto last = std::find_if(stretch.rbegin(), stretch.rend(),
                                     [](std::uint8_t byte) { return byte != 0; });
      if (last == stretch.rend()) return at;
      at += static_cast<std::size_t>(stretch.rend() - last);
    }
    return bytes.size();
  }

  void leave_hole(std::size_t size) {
    written_ += size;
    const auto end = static_cast<off_t>(written_);
    if (::ftruncate(file_.get(), end) != 0) fail("write", path_);
    if (::lseek(file_.get(), end, SEEK_SET) != end) fail("write", path_);
    check_size();
  }

  void write_data(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("write", path_);
      const auto count = static_cast<std::size_t>(put);
      if (count == 0 || count > bytes.size()) fail("write", path_, EIO);
      written_ += count;
      check_size();
      bytes = bytes.subspan(count);
    }
  }

  /// After what a disk said it took, and did not, all else would stand at the wrong place.
  void check_size() const {
    struct stat raw {};
    if (::fstat(file_.get(), &raw) != 0) fail("write", path_);
    if (static_cast<std::uint64_t>(raw.st_size) != written_) fail("write", path_, EIO);
  }

  Path path_;
  Descriptor file_;
  std::uint64_t written_;  ///< size that the file must have
};

enum class Share { no, yes };

/// Locks of records, as to take one alone they want a file that may be written: with flock the
/// right to read a file would do to lock everybody out. A lock of the open file, not of the
/// process: that they end when it has closed another descriptor of the file would be a surprise.
int take_lock(int number, Share share) {
#ifdef F_OFD_SETLK
  struct flock whole {};
  whole.l_type = share == Share::yes ? F_RDLCK : F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(number, F_OFD_SETLK, &whole);
#else
  return ::flock(number, (share == Share::yes ? LOCK_SH : LOCK_EX) | LOCK_NB);
#endif
}

/// Programs may share a file by `flock` as well. An exclusive holder does not count: the right to
/// read is enough to become one. A lock that is taken stays: the system tells the holders of these.
bool is_shared_by_flock(int number) {
  if (::flock(number, LOCK_SH | LOCK_NB) != 0) return false;
  return ::flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

class PosixLock final : public Lock {
 public:
  explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(std::unique_ptr<const PathResolver> places)
      : resolver_(std::move(places)) {}

  std::optional<Stat> stat(const Path& path) override {
    const auto place = resolver_->find_name(path);
    if (!place) return std::nullopt;
    struct stat raw {};
    if (look(*place, raw) == 0) return from_posix(raw);
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("look at", path);
  }

  std::vector<Path> list(const Path& folder) override {
    const ResolvedPath place = resolver_->folder(folder);
    Descriptor file = open_folder(place);
    if (file.get() < 0) fail("list", folder);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(file.get()), ::closedir);
    if (!stream) fail("list", folder);
    file.release();
    std::vector<Path> names;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = static_cast<const char*>(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) fail("list", folder);
    return names;
  }

  std::string read_link(const Path& path) override {
    const ResolvedPath place = resolver_->name(path);
    std::array<char, 4096> buffer{};
    const ssize_t length = ::readlinkat(place.folder(), place.name(), buffer.data(), buffer.size());
    if (length < 0) fail("read link", path);
    if (static_cast<std::size_t>(length) == buffer.size()) fail("read link", path, ENAMETOOLONG);
    return {buffer.data(), static_cast<std::size_t>(length)};
  }

  std::unique_ptr<RandomReader> open_read(const Path& path) override {
    const ResolvedPath place = resolver_->name(path);
    const int number =
        ::openat(place.folder(), place.name(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (number < 0) fail("open", path);
    Descriptor file(number);
    struct stat raw {};
    if (::fstat(number, &raw) != 0) fail("open", path);
    if (!S_ISREG(raw.st_mode)) not_a_file("open", path);
    file.release();
    return std::make_unique<PosixReader>(path, number, static_cast<std::uint64_t>(raw.st_size));
  }

  std::unique_ptr<WriteFile> create(const Path& path, std::uint32_t mode) override {
    const ResolvedPath place = resolver_->changed_name(path);
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const int number = ::openat(place.folder(), place.name(), flags, 0600);
    if (number < 0) fail("create", path);
    auto file = std::make_unique<PosixWriter>(path, number);
    give_to_owner_of_folder(number, place);
    file->set_mode(mode);
    return file;
  }

  std::unique_ptr<WriteFile> append(const Path& path) override {
    const ResolvedPath place = resolver_->changed_name(path);
    Opened opened = open_or_create(place, O_WRONLY | O_APPEND | O_NONBLOCK, 0644);
    struct stat raw {};
    if (opened.file.get() < 0 || ::fstat(opened.file.get(), &raw) != 0) fail("open", path);
    require_one_name(raw, "open", path);
    const int number = opened.file.get();
    opened.file.release();
    auto file =
        std::make_unique<PosixWriter>(path, number, static_cast<std::uint64_t>(raw.st_size));
    if (opened.is_new) {
      give_to_owner_of_folder(number, place);
      file->set_mode(0644);
    }
    return file;
  }

  void truncate(const Path& path, std::uint64_t size) override {
    const ResolvedPath place = resolver_->changed_name(path);
    const Descriptor file(
        ::openat(place.folder(), place.name(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat raw {};
    if (file.get() < 0 || ::fstat(file.get(), &raw) != 0) fail("truncate", path);
    require_one_name(raw, "truncate", path);
    if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) fail("truncate", path);
  }

  void make_symlink(const Path& path, const std::string& target) override {
    const ResolvedPath place = resolver_->changed_name(path);
    if (::symlinkat(target.c_str(), place.folder(), place.name()) != 0) fail("make link", path);
    give_to_owner_of_folder(place, Kind::symlink);
  }

  void make_directory(const Path& path, std::uint32_t mode) override {
    const ResolvedPath place = resolver_->changed_name(path);
    if (::mkdirat(place.folder(), place.name(), 0700) != 0) fail("make folder", path);
    give_to_owner_of_folder(place, Kind::directory);
    struct stat raw {};
    // In a folder that hands its group on, the system has the new one do so too.
    const bool hands_on = look(place, raw) == 0 && (raw.st_mode & S_ISGID) != 0;
    change_mode(place, path, hands_on ? mode | S_ISGID : mode);
  }

  void set_mode(const Path& path, std::uint32_t mode) override {
    change_mode(resolver_->changed_name(path), path, mode);
  }

  std::vector<std::string> inherit(const Path& from, const Path& to, std::uint32_t mode) override {
    const ResolvedPath old_place = resolver_->name(from);
    const ResolvedPath place = resolver_->changed_name(to);
    return inherit_rights(old_place, place, to, mode);
  }

  void rename(const Path& from, const Path& to) override {
    const ResolvedPath old_place = resolver_->changed_name(from);
    const ResolvedPath place = resolver_->changed_name(to);
    if (::renameat(old_place.folder(), old_place.name(), place.folder(), place.name()) != 0) {
      fail("rename to", to);
    }
  }

  bool rename_to_free(const Path& from, const Path& to) override {
    const ResolvedPath old_place = resolver_->changed_name(from);
    const ResolvedPath place = resolver_->changed_name(to);
    if (rename_without_replacing(old_place, place)) return true;
    if (errno == EEXIST) return false;
    fail("rename to", to);
  }

  bool exchange(const Path& from, const Path& to) override {
    const ResolvedPath old_place = resolver_->changed_name(from);
    const ResolvedPath place = resolver_->changed_name(to);
    if (exchange_names(old_place, place)) return true;
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP || errno == ENOENT) return false;
    fail("rename to", to);
  }

  void link(const Path& from, const Path& to) override {
    const ResolvedPath old_place = resolver_->changed_name(from);
    const ResolvedPath place = resolver_->changed_name(to);
    // Without AT_SYMLINK_FOLLOW: a link to a symbolic link, not to what it names.
    if (::linkat(old_place.folder(), old_place.name(), place.folder(), place.name(), 0) != 0) {
      fail("link to", to);
    }
  }

  void remove_file(const Path& path) override {
    const ResolvedPath place = resolver_->changed_name(path);
    if (::unlinkat(place.folder(), place.name(), 0) != 0) fail("remove", path);
  }

  void remove_directory(const Path& path) override {
    const ResolvedPath place = resolver_->changed_name(path);
    if (::unlinkat(place.folder(), place.name(), AT_REMOVEDIR) != 0) fail("remove folder", path);
  }

  void sync_file(const Path& path) override {
    const ResolvedPath place = resolver_->name(path);
    const Descriptor file(
        ::openat(place.folder(), place.name(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) fail("sync", path);
    sync_descriptor(file.get(), path);
  }

  void sync_directory(const Path& folder) override {
    const ResolvedPath place = resolver_->folder(folder);
    const Descriptor file = open_folder(place);
    if (file.get() < 0) fail("sync", folder);
    sync_descriptor(file.get(), folder);
  }

  Space space(const Path& path) override {
    struct statvfs raw {};
    const ResolvedPath place = resolver_->name(path);
    const Descriptor file(::openat(place.folder(), place.name(), kLookUp | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0 || ::fstatvfs(file.get(), &raw) != 0) fail("measure", path);
    Space space{static_cast<std::uint64_t>(raw.f_bavail) * raw.f_frsize, std::nullopt};
    // Zero in all: the volume does not count them.
    if (raw.f_files != 0) space.free_files = raw.f_favail;
    return space;
  }

  VolumeLimits limits(const Path& folder) override {
    const ResolvedPath place = resolver_->folder(folder);
    const Descriptor file(
        ::openat(place.folder(), place.name(), kLookUp | O_DIRECTORY | O_CLOEXEC));
    const long name = ::fpathconf(file.get(), _PC_NAME_MAX);
    VolumeLimits limits;
    limits.name_bytes = name > 0 ? static_cast<std::uint64_t>(name) : NAME_MAX;
    limits.path_bytes = PATH_MAX - 1;  // The limit counts the zero byte at the end.
    if (is_fat(file.get())) limits.file_bytes = std::numeric_limits<std::uint32_t>::max();
    return limits;
  }

  bool may_write(const Path& folder) override {
    const auto place = resolver_->find_name(folder);
    return place && ::faccessat(place->folder(), place->name(), W_OK | X_OK, AT_EACCESS) == 0;
  }

  bool is_owners_group(const Path& path) override {
    const auto place = resolver_->find_name(path);
    struct stat raw {};
    return place && look(*place, raw) == 0 && (raw.st_mode & S_IWOTH) == 0 &&
           is_private_group(raw.st_uid, raw.st_gid) &&
           !has_access_list(place->folder(), place->name());
  }

  std::string owner(const Path& path) override {
    const auto place = resolver_->find_name(path);
    struct stat raw {};
    if (!place || look(*place, raw) != 0) return {};
    std::array<char, 16'384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(raw.st_uid, &entry, buffer.data(), buffer.size(), &found);
    return error == 0 && found != nullptr ? found->pw_name : std::string();
  }

  std::unique_ptr<Lock> try_lock(const Path& file) override {
    const ResolvedPath place = resolver_->changed_name(file);
    Opened opened = open_or_create(place, O_RDWR | O_NONBLOCK, 0600);
    if (opened.file.get() < 0) fail("lock", file);
    if (opened.is_new) {
      give_to_owner_of_folder(opened.file.get(), place);
      // Whatever the umask: the next run has to open it.
      if (::fchmod(opened.file.get(), 0600) != 0) fail("set mode of", file);
    }
    return lock(std::move(opened.file), file, Share::no);
  }

  std::unique_ptr<Lock> try_share_lock(const Path& file) override {
    const ResolvedPath place = resolver_->name(file);
    Descriptor opened(
        ::openat(place.folder(), place.name(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (opened.get() < 0) fail("lock", file);
    return lock(std::move(opened), file, Share::yes);
  }

  std::vector<Holder> holders(const Path& path) override { return find_holders(path); }

  void pause(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  static int look(const ResolvedPath& place, struct stat& raw) {
    return ::fstatat(place.folder(), place.name(), &raw, AT_SYMLINK_NOFOLLOW);
  }

  static Descriptor open_folder(const ResolvedPath& place) {
    return Descriptor(::openat(place.folder(), place.name(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  // The name may have become a link since somebody looked at it.
  static void change_mode(const ResolvedPath& place, const Path& path, std::uint32_t mode) {
    struct stat raw {};
    if (look(place, raw) != 0) fail("set mode of", path);
    if (S_ISREG(raw.st_mode) && raw.st_nlink > 1) fail("set mode of", path, EMLINK);
    if (::fchmodat(place.folder(), place.name(), mode, AT_SYMLINK_NOFOLLOW) == 0) return;
    if (errno != EOPNOTSUPP) fail("set mode of", path);
    // The C library needs /proc for that.
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const Descriptor file(::openat(place.folder(), place.name(), flags));
    if (file.get() < 0 || ::fchmod(file.get(), mode) != 0) fail("set mode of", path);
  }

  struct Opened {
    Descriptor file;
    bool is_new = false;  ///< this call has made it
  };

  // A file that comes to the name between a look and the opening is somebody else's, and stays so.
  static Opened open_or_create(const ResolvedPath& place, int flags, mode_t mode) {
    constexpr int kTries = 10;
    flags |= O_CLOEXEC | O_NOFOLLOW;
    for (int tries = 0; tries < kTries; ++tries) {
      Descriptor found(::openat(place.folder(), place.name(), flags));
      if (found.get() >= 0 || errno != ENOENT) return {std::move(found), false};
      Descriptor made(::openat(place.folder(), place.name(), flags | O_CREAT | O_EXCL, mode));
      if (made.get() >= 0 || errno != EEXIST) return {std::move(made), true};
    }
    return {Descriptor(), false};
  }

  // All names of a file have the same bytes: a backup's, or one outside of the folder.
  static void require_one_name(const struct stat& raw, const char* operation, const Path& path) {
    if (!S_ISREG(raw.st_mode)) not_a_file(operation, path);
    if (raw.st_nlink > 1) fail(operation, path, EMLINK);
  }

  [[noreturn]] static void not_a_file(const char* operation, const Path& path) {
    throw Error(Code::io_failed,
                {{"operation", operation}, {"path", to_utf8(path)}, {"cause", "it is not a file"}});
  }

  static std::unique_ptr<Lock> lock(Descriptor file_opened, const Path& file, Share share) {
    const int number = file_opened.get();
    auto lock = std::make_unique<PosixLock>(std::move(file_opened));
    if (take_lock(number, share) == 0) {
      if (share == Share::no && is_shared_by_flock(number)) return nullptr;
      if (share == Share::yes) static_cast<void>(::flock(number, LOCK_SH | LOCK_NB));
      return lock;
    }
    if (errno == EWOULDBLOCK || errno == EACCES) return nullptr;
    fail("lock", file);
  }

  std::unique_ptr<const PathResolver> resolver_;
};

}  // namespace

FileSystem& native() {
  static PosixFileSystem system(resolver_as_given());
  return system;
}

std::unique_ptr<FileSystem> open_beneath(const Path& root, Resolution resolution) {
  return std::make_unique<PosixFileSystem>(resolver_beneath(root, resolution));
}

}  // namespace xppkg::fs
