#include "busy_file_system.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

#include "fs/files.hpp"
#include "xppkg/error.hpp"

namespace xppkg::test {
namespace {

std::optional<std::pair<std::uint64_t, std::uint64_t>> file_at(const fs::Path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return std::nullopt;
  return std::pair{found.st_dev, found.st_ino};
}

}  // namespace

void BusyFileSystem::hold(const fs::Path& path, How how, std::size_t tries) {
  const auto file = file_at(path);
  if (!file) throw std::invalid_argument("nothing to hold: " + path.string());
  held_.push_back({*file, how, tries});
}

BusyFileSystem::Held* BusyFileSystem::find(const fs::Path& path) {
  const auto file = file_at(path);
  const auto held = std::ranges::find_if(held_, [&](const Held& one) { return one.file == file; });
  return held == held_.end() ? nullptr : &*held;
}

void BusyFileSystem::refuse_if_held(const fs::Path& path, const char* operation,
                                    bool also_running) {
  Held* held = find(path);
  if (held == nullptr || held->tries == 0) return;
  if (held->how == How::running && !also_running) return;
  if (held->tries != kForEver) --held->tries;
  ++refusals_;
  if (on_refusal_) on_refusal_();
  throw Error(Code::use_busy, {{"operation", operation},
                               {"path", fs::to_utf8(path)},
                               {"cause", "another program holds it"}});
}

void BusyFileSystem::rename(const fs::Path& from, const fs::Path& to) {
  refuse_if_held(from, "rename", false);
  refuse_if_held(to, "rename to", true);
  ForwardingFileSystem::rename(from, to);
}

void BusyFileSystem::remove_file(const fs::Path& path) {
  refuse_if_held(path, "remove", true);
  ForwardingFileSystem::remove_file(path);
}

std::vector<fs::Holder> BusyFileSystem::holders(const fs::Path& path) {
  if (find(path) == nullptr) return {};
  return {{4711, "app"}};
}

}  // namespace xppkg::test
