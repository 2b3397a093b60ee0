#include "holders.hpp"

#ifdef __linux__

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace xppkg::fs {
namespace {

constexpr const char* kProcesses = "/proc";

struct FileIdentity {
  dev_t device = 0;
  ino_t number = 0;

  /// Files of others may lie at a server that does not answer: it is not asked.
  [[nodiscard]] bool is(const Path& path) const {
    struct statx found {};
    return ::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO,
                   &found) == 0 &&
           ::makedev(found.stx_dev_major, found.stx_dev_minor) == device && found.stx_ino == number;
  }
  /// As /proc writes it: in hexadecimal digits, and the number behind a space or a colon.
  [[nodiscard]] std::string text(char separator) const {
    return fmt::format("{:02x}:{:02x}{}{}", ::major(device), ::minor(device), separator, number);
  }
};

bool is_number(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

bool has_open(const Path& process, const FileIdentity& wanted) {
  std::error_code refused;
  std::filesystem::directory_iterator entry(process / "fd", refused);
  for (; !refused && entry != std::filesystem::directory_iterator(); entry.increment(refused)) {
    if (wanted.is(entry->path())) return true;
  }
  return false;
}

bool has_mapped(const Path& process, const FileIdentity& wanted) {
  std::ifstream maps(process / "maps");
  const std::string text = " " + wanted.text(' ') + " ";
  std::string line;
  while (std::getline(maps, line)) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

/// Processes with a lock on the file: field 5 of each line names them, field 6 the file.
std::vector<std::string> lock_owners(const FileIdentity& wanted) {
  std::vector<std::string> owners;
  std::ifstream locks(Path(kProcesses) / "locks");
  std::string line;
  while (std::getline(locks, line)) {
    std::istringstream words(line);
    std::string word, pid, file;
    for (int field = 1; field <= 4; ++field) words >> word;
    if (words >> pid >> file && file == wanted.text(':')) owners.push_back(pid);
  }
  return owners;
}

Holder describe(const std::string& pid) {
  Holder holder;
  holder.pid = std::stoull(pid);
  std::ifstream name(Path(kProcesses) / pid / "comm");
  std::getline(name, holder.program);
  return holder;
}

}  // namespace

std::vector<Holder> find_holders(const Path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  const FileIdentity wanted{found.st_dev, found.st_ino};
  const std::vector<std::string> owners = lock_owners(wanted);
  std::vector<Holder> holders;
  std::error_code refused;
  std::filesystem::directory_iterator entry(kProcesses, refused);
  for (; !refused && entry != std::filesystem::directory_iterator(); entry.increment(refused)) {
    const Path process = entry->path();
    const std::string pid = process.filename();
    if (!is_number(pid)) continue;
    if (std::ranges::find(owners, pid) != owners.end() || wanted.is(process / "exe") ||
        has_open(process, wanted) || has_mapped(process, wanted)) {
      holders.push_back(describe(pid));
    }
  }
  std::ranges::sort(holders, {}, &Holder::pid);
  return holders;
}

}  // namespace xppkg::fs

#else

namespace xppkg::fs {

std::vector<Holder> find_holders(const Path&) {
  return {};
}

}  // namespace xppkg::fs

#endif
