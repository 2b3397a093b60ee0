#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <system_error>
#include <thread>

#include "fs/file_system.hpp"
#include "holders.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fs {
namespace {

Code code_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::rights_denied;
    case ENOSPC:
    case EDQUOT:
      return Code::space_insufficient;
    case EBUSY:
    case ETXTBSY:
      return Code::in_use;
    default:
      return Code::io_failed;
  }
}

[[noreturn]] void fail(const char* operation, const Path& path, int error = errno) {
  throw Error(code_of(error), {{"operation", operation},
                               {"path", to_utf8(path)},
                               {"cause", std::generic_category().message(error)}});
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

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
  found.is_own = ::geteuid() == 0 || raw.st_uid == ::geteuid();
  return found;
}

void sync_descriptor(int number, const Path& path) {
#ifdef F_FULLFSYNC
  // macOS: fsync leaves the bytes in the drive's cache.
  if (::fcntl(number, F_FULLFSYNC) == 0) return;
#endif
  if (::fsync(number) != 0) fail("sync", path);
}

class PosixReader final : public RandomReader {
 public:
  PosixReader(const Path& path, int number, std::uint64_t size)
      : path_(path), file_(number), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

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

  void write(ByteView bytes) override {
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

  void sync() override { sync_descriptor(file_.get(), path_); }

  void set_mode(std::uint32_t mode) {
    if (::fchmod(file_.get(), mode) != 0) fail("set mode of", path_);
  }

 private:
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

class PosixLock final : public Lock {
 public:
  explicit PosixLock(int number) : file_(number) {}

 private:
  Descriptor file_;
};

class PosixFileSystem final : public FileSystem {
 public:
  std::optional<Stat> stat(const Path& path) override {
    struct stat raw {};
    if (::lstat(path.c_str(), &raw) == 0) return from_posix(raw);
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("look at", path);
  }

  std::vector<Path> list(const Path& folder) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
    if (!stream) fail("list", folder);
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
    std::array<char, 4096> buffer{};
    const ssize_t length = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (length < 0) fail("read link", path);
    if (static_cast<std::size_t>(length) == buffer.size()) fail("read link", path, ENAMETOOLONG);
    return {buffer.data(), static_cast<std::size_t>(length)};
  }

  std::unique_ptr<RandomReader> open_read(const Path& path) override {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (number < 0) fail("open", path);
    struct stat raw {};
    if (::fstat(number, &raw) != 0 || !S_ISREG(raw.st_mode)) {
      const int error = S_ISREG(raw.st_mode) ? errno : EINVAL;
      ::close(number);
      fail("open", path, error);
    }
    return std::make_unique<PosixReader>(path, number, static_cast<std::uint64_t>(raw.st_size));
  }

  std::unique_ptr<WriteFile> create(const Path& path, std::uint32_t mode) override {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const int number = ::open(path.c_str(), flags, 0600);
    if (number < 0) fail("create", path);
    auto file = std::make_unique<PosixWriter>(path, number);
    file->set_mode(mode);
    return file;
  }

  std::unique_ptr<WriteFile> append(const Path& path) override {
    const auto found = stat(path);
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    const int number = ::open(path.c_str(), flags, 0644);
    if (number < 0) fail("open", path);
    return std::make_unique<PosixWriter>(path, number, found ? found->size : 0);
  }

  void truncate(const Path& path, std::uint64_t size) override {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0 || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
      fail("truncate", path);
    }
  }

  void make_symlink(const Path& path, const std::string& target) override {
    if (::symlink(target.c_str(), path.c_str()) != 0) fail("make link", path);
  }

  void make_directory(const Path& path, std::uint32_t mode) override {
    if (::mkdir(path.c_str(), 0700) != 0) fail("make folder", path);
    if (::chmod(path.c_str(), mode) != 0) fail("set mode of", path);
  }

  void set_mode(const Path& path, std::uint32_t mode) override {
    if (::chmod(path.c_str(), mode) != 0) fail("set mode of", path);
  }

  void rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) fail("rename to", to);
  }

  void link(const Path& from, const Path& to) override {
    // Without AT_SYMLINK_FOLLOW: a link to a symbolic link, not to what it names.
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) != 0) fail("link to", to);
  }

  void remove_file(const Path& path) override {
    if (::unlink(path.c_str()) != 0) fail("remove", path);
  }

  void remove_directory(const Path& path) override {
    if (::rmdir(path.c_str()) != 0) fail("remove folder", path);
  }

  void sync_file(const Path& path) override {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) fail("sync", path);
    sync_descriptor(file.get(), path);
  }

  void sync_directory(const Path& folder) override {
    const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (file.get() < 0) fail("sync", folder);
    sync_descriptor(file.get(), folder);
  }

  Space space(const Path& path) override {
    struct statvfs raw {};
    if (::statvfs(path.c_str(), &raw) != 0) fail("measure", path);
    Space space{static_cast<std::uint64_t>(raw.f_bavail) * raw.f_frsize, std::nullopt};
    // Zero in all: the volume does not count them.
    if (raw.f_files != 0) space.free_files = raw.f_favail;
    return space;
  }

  NameLimits name_limits(const Path& folder) override {
    const long name = ::pathconf(folder.c_str(), _PC_NAME_MAX);
    // The limit counts the zero byte at the end.
    return {name > 0 ? static_cast<std::uint64_t>(name) : NAME_MAX, PATH_MAX - 1};
  }

  bool may_write(const Path& folder) override {
    return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  }

  std::unique_ptr<Lock> try_lock(const Path& file) override {
    return lock(file, O_RDWR | O_CREAT, LOCK_EX);
  }

  std::unique_ptr<Lock> try_share_lock(const Path& file) override {
    return lock(file, O_RDONLY | O_NONBLOCK, LOCK_SH);
  }

  std::vector<Holder> holders(const Path& path) override { return find_holders(path); }

  void pause(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  static std::unique_ptr<Lock> lock(const Path& file, int flags, int how) {
    const int number = ::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (number < 0) fail("lock", file);
    auto lock = std::make_unique<PosixLock>(number);
    if (::flock(number, how | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) return nullptr;
    fail("lock", file);
  }
};

}  // namespace

FileSystem& native() {
  static PosixFileSystem system;
  return system;
}

}  // namespace xppkg::fs
