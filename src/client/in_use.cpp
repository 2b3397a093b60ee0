#include "xppkg/in_use.hpp"

#include <algorithm>

#include "base/translated.hpp"
#include "folder_disk.hpp"
#include "folder_trust.hpp"
#include "fs/files.hpp"
#include "fs/settled_call.hpp"
#include "session.hpp"

namespace xppkg {
namespace {

constexpr std::chrono::milliseconds kPause{50};

/// Nothing while an update goes on.
std::unique_ptr<fs::Lock> try_hold(fs::FileSystem& disk, const install::Layout& layout) {
  install::make_in_use_file(disk, layout);
  auto lock = disk.try_share_lock(layout.in_use());
  if (!lock || !install::is_broken_off(disk, layout)) return lock;
  lock.reset();
  try {
    // Recovers. Another run that is doing so is waited for like any update.
    const client::Session session(fs::to_utf8(layout.root), client::Access::read);
  } catch (const Error& error) {
    if (error.code() != Code::locked_other_run) throw;
  }
  return nullptr;
}

}  // namespace

struct InUse::State {
  std::unique_ptr<fs::Lock> lock;
  std::string version;
};

InUse::InUse(const std::string& folder, std::chrono::milliseconds wait) try
    : state_(std::make_unique<State>()) {
  const fs::SettledCall settled;
  const install::Layout layout = client::trusted_layout(folder);
  client::FolderDisk disk(layout);
  if (!disk.stat(layout.config())) {
    throw Error(Code::usage_not_installation, {{"folder", fs::to_utf8(layout.root)}});
  }
  while (!(state_->lock = try_hold(disk, layout))) {
    if (wait <= std::chrono::milliseconds::zero()) {
      throw fs::with_holders(Error(Code::locked_other_run, {{"folder", fs::to_utf8(layout.root)}}),
                             disk, layout.in_use());
    }
    disk.pause(std::min(kPause, wait));
    wait -= kPause;
  }
  const auto installed = install::load_installed(disk, layout);
  if (installed) state_->version = installed->version;
} catch (...) {
  throw_translated();
}
InUse::~InUse() = default;
InUse::InUse(InUse&&) noexcept = default;
InUse& InUse::operator=(InUse&&) noexcept = default;

const std::string& InUse::version() const {
  return state_->version;
}

}  // namespace xppkg
