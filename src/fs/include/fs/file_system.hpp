#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/rel_path.hpp"
#include "base/stream.hpp"

namespace xppkg::fs {

/// A path as the operating system takes it.
using Path = std::filesystem::path;

/// `root` with a safe relative path below it.
Path join(const Path& root, const RelPath& relative);
/// A path from UTF-8 text, and back.
Path from_utf8(std::string_view text);
std::string to_utf8(const Path& path);

enum class Kind { file, directory, symlink, other };

/// The owner of a name.
enum class Owner {
  trusted,      ///< the administrator's (root), or this user's
  sudo_caller,  ///< of the user who had this run made an administrator's by sudo
  other,
};

/// The metadata of a name; a symbolic link there is not followed.
struct Stat {
  Kind kind = Kind::other;
  std::uint64_t size = 0;        ///< bytes; of files only
  std::uint32_t mode = 0;        ///< permission bits 0..07777
  std::int64_t modified_ns = 0;  ///< since 1970-01-01 UTC, in nanoseconds
  std::uint64_t device = 0;      ///< equal for names on the same volume
  std::uint64_t names = 1;       ///< how many names a file has
  bool is_own = true;            ///< this user may change its mode
  Owner owner = Owner::trusted;
  bool others_may_write = false;  ///< the group, or all, or some by an access control list
};

struct Space {
  std::uint64_t free_bytes = 0;             ///< what this user may still write
  std::optional<std::uint64_t> free_files;  ///< how many he may still make; empty: no limit
};

/// The limits of a volume, in bytes; of names: of UTF-8.
struct VolumeLimits {
  std::uint64_t name_bytes = 0;  ///< of one name
  std::uint64_t path_bytes = 0;  ///< of a whole path from the root
  std::uint64_t file_bytes = std::numeric_limits<std::uint64_t>::max();  ///< of one file
};

/// A process that has a file open, runs it or has it locked.
struct Holder {
  std::uint64_t pid = 0;
  std::string program;  ///< its short name; may be empty
};

/// A file open for writing. Nothing is durable before `sync`. Closing happens in the destructor,
/// which loses errors: call `sync` where they matter.
class WriteFile : public Sink {
 public:
  virtual void sync() = 0;
};

/// Holds a lock until it is destroyed or its process ends, however it ends.
class Lock {
 public:
  virtual ~Lock() = default;
};

/// Every disk call of xppkg goes through here, so that a test can count them, make them fail, or
/// cut the power between two of them. All paths are taken as given and never follow a symbolic link
/// in their last part. Entries that an administrator (root) makes in a folder of another user
/// belong to that user, so that he is not locked out of them. Errors: Error{io_failed,
/// rights_denied, space_insufficient, use_busy} with the facts "operation", "path" and "cause";
/// after a failure nothing is changed unless said otherwise. Implementations may be used from
/// several threads.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// A missing name is no error but an empty answer.
  virtual std::optional<Stat> stat(const Path& path) = 0;
  /// Names in a folder, without "." and "..", in no order.
  virtual std::vector<Path> list(const Path& folder) = 0;
  virtual std::string read_link(const Path& path) = 0;
  virtual std::unique_ptr<RandomReader> open_read(const Path& path) = 0;

  /// A new file; an existing name of any kind is an error. `mode` is set exactly, whatever the
  /// umask.
  virtual std::unique_ptr<WriteFile> create(const Path& path, std::uint32_t mode) = 0;
  /// A file to write on at its end; made with mode 0644, whatever the umask, where it is missing.
  virtual std::unique_ptr<WriteFile> append(const Path& path) = 0;
  virtual void truncate(const Path& path, std::uint64_t size) = 0;
  virtual void make_symlink(const Path& path, const std::string& target) = 0;
  virtual void make_directory(const Path& path, std::uint32_t mode) = 0;
  /// Refuses a file of several names: its mode is theirs as well.
  virtual void set_mode(const Path& path, std::uint32_t mode) = 0;
  /// Gives a new file what an administrator gave to the one that it is to replace: its owner and
  /// group, its access list and capabilities, and of `mode` the bits that run it with its owner's
  /// or group's rights (06000) if it has the same owner and group then. Returns what the new file
  /// does not get, in words that are stable: "owner", "set-id", "access-list", "capabilities".
  virtual std::vector<std::string> inherit(const Path& from, const Path& to, std::uint32_t mode);

  /// Puts `from` at the name `to` in one step; a file or link that was there is gone.
  virtual void rename(const Path& from, const Path& to) = 0;
  /// The same where `to` is free, in one step; false if something has that name, whatever it is.
  virtual bool rename_to_free(const Path& from, const Path& to);
  /// Exchanges what two names hold, in one step: what was at `to` can be looked at then. False, and
  /// nothing is changed, where the volume cannot do that, or one of the names is not there.
  virtual bool exchange(const Path& from, const Path& to);
  /// A second name for a file or symbolic link; an existing `to` is an error.
  virtual void link(const Path& from, const Path& to) = 0;
  virtual void remove_file(const Path& path) = 0;
  virtual void remove_directory(const Path& path) = 0;
  /// Makes the bytes and the mode of a file durable.
  virtual void sync_file(const Path& path) = 0;
  /// Makes the names in a folder, and its mode, durable.
  virtual void sync_directory(const Path& folder) = 0;

  virtual Space space(const Path& path) = 0;
  virtual VolumeLimits limits(const Path& folder) = 0;
  /// True if this user may make and rename names in the folder.
  virtual bool may_write(const Path& folder) = 0;
  /// Where `others_may_write`: true if those others are a group of the owner alone.
  virtual bool is_owners_group(const Path& path);
  /// The name of its owner; empty where that is not known. Never fails.
  virtual std::string owner(const Path& path);
  /// Takes the lock alone, or returns nothing where somebody else holds it. Makes the file if need
  /// be.
  virtual std::unique_ptr<Lock> try_lock(const Path& file) = 0;
  /// Takes the lock together with others who share it, or returns nothing where somebody holds it
  /// alone. The file has to be there; the right to read it is enough.
  virtual std::unique_ptr<Lock> try_share_lock(const Path& file) = 0;
  /// The processes that keep a file busy, as far as this user may know. Never fails.
  virtual std::vector<Holder> holders(const Path& path) = 0;
  /// Waits for others to let go of a file. Here, so that a test need not wait.
  virtual void pause(std::chrono::milliseconds time) = 0;
};

/// The file system of this computer. Static storage.
FileSystem& native();

}  // namespace xppkg::fs
