#include "install/in_use.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "install/state_kinds.hpp"
#include "xppkg/error.hpp"

namespace xppkg::install {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{500};

}  // namespace

void make_in_use_file(fs::FileSystem& disk, const Layout& layout) {
  check_kind(disk, layout.in_use(), fs::Kind::file);
  if (disk.stat(layout.in_use())) return;
  try {
    disk.create(layout.in_use(), 0644);
  } catch (const Error&) {
    // Another program that starts in this moment may have made it.
    if (!disk.stat(layout.in_use())) throw;
  }
}

std::unique_ptr<fs::Lock> lock_programs_out(fs::FileSystem& disk, const Layout& layout,
                                            std::chrono::milliseconds wait, Observer& observer) {
  make_in_use_file(disk, layout);
  std::string programs;
  auto pause = kFirstPause;
  while (true) {
    auto lock = disk.try_lock(layout.in_use());
    if (lock) return lock;
    if (wait == kWaitForNobody) {
      observer.notice(
          {"use.overridden", fs::to_utf8(layout.root), fs::to_text(disk.holders(layout.in_use()))});
      return nullptr;
    }
    if (wait <= std::chrono::milliseconds::zero()) {
      throw fs::with_holders(Error(Code::use_busy, {{"folder", fs::to_utf8(layout.root)}}), disk,
                             layout.in_use());
    }
    if (observer.cancelled()) throw Error(Code::cancelled);
    const std::string now = fs::to_text(disk.holders(layout.in_use()));
    if (now != programs) observer.notice({"use.waiting", fs::to_utf8(layout.root), now});
    programs = now;
    pause = std::min(pause, wait);
    disk.pause(pause);
    wait -= pause;
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace xppkg::install
