#include "releases.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "publish/payloads.hpp"
#include "tree/scan.hpp"

namespace xppkg::test {
namespace {

constexpr int kLevel = 3;
constexpr trust::Time kReleased = 1'700'000'000;

}  // namespace

Vendor::Vendor(fs::Path folder) : folder_(std::move(folder)) {
  fs::make_directories(fs::native(), folder_ / "work");
}

const manifest::Manifest& Vendor::add(const std::string& version, const Tree& words) {
  lay(words, tree(version));
  Observer observer;
  manifest::Manifest target;
  target.package = "app";
  target.version = Version::parse(version);
  target.platform = "any";
  target.released = kReleased;
  target.entries = tree::scan(fs::native(), tree(version), observer);
  for (Entry& entry : target.entries) {
    const auto item = std::ranges::find(words, entry.path.text(), &Item::path);
    entry.config = item != words.end() && item->config;
  }
  target.tree = tree_digest(target.entries);
  return releases_.insert_or_assign(version, std::move(target)).first->second;
}

const manifest::Manifest& Vendor::release(const std::string& version) const {
  return releases_.at(version);
}

fs::Path Vendor::full(const std::string& version) {
  Observer observer;
  publish::PayloadMaker maker(fs::native(), folder_ / "work", kLevel, observer);
  return maker.make_full({release(version), tree(version)}).file;
}

fs::Path Vendor::delta(const std::string& from, const std::string& to) {
  Observer observer;
  publish::PayloadMaker maker(fs::native(), folder_ / "work", kLevel, observer);
  return maker.make_delta({release(from), tree(from)}, {release(to), tree(to)}).file;
}

std::vector<Notice> update(fs::FileSystem& disk, const install::Layout& layout,
                           const manifest::Manifest* installed, std::span<const Hop> hops) {
  Observer observer;
  install::ContentStore contents(disk, layout);
  if (installed != nullptr) {
    contents.add_sound_files(
        install::verify_folder(disk, layout, *installed, install::Depth::full, observer));
  }
  contents.add_pristine();
  install::Stager stager(disk, layout, contents, observer);
  stager.begin();
  for (const Hop& hop : hops) stager.apply(hop.base, *hop.target, hop.payload);
  const manifest::Manifest& wanted = *hops.back().target;
  const install::Installed next{wanted.package, wanted.version.text(), wanted.platform,
                                wanted.tree,    wanted.released,       false,
                                /*decision=*/0};
  return install::FolderTransaction(disk, layout, observer)
      .commit(stager.finish(wanted), installed, next, as_bytes(wanted.version.text()));
}

Workstation::Workstation(Vendor& vendor, fs::Path folder)
    : vendor_(vendor), layout_{std::move(folder)} {
  fs::make_directories(fs::native(), layout_.state());
}

std::vector<Notice> Workstation::install(const std::string& version) {
  const Hop hop{nullptr, &vendor_.release(version), vendor_.full(version)};
  auto notices = update(fs::native(), layout_, nullptr, {&hop, 1});
  version_ = version;
  return notices;
}

std::vector<Notice> Workstation::apply(const std::vector<std::string>& versions) {
  std::vector<Hop> hops;
  std::string from = version_;
  for (const std::string& to : versions) {
    hops.push_back({&vendor_.release(from), &vendor_.release(to), vendor_.delta(from, to)});
    from = to;
  }
  auto notices = update(fs::native(), layout_, &vendor_.release(version_), hops);
  version_ = from;
  return notices;
}

std::vector<Notice> Workstation::repair(const std::string& version) {
  const Hop hop{nullptr, &vendor_.release(version), vendor_.full(version)};
  auto notices = update(fs::native(), layout_, &vendor_.release(version_), {&hop, 1});
  version_ = version;
  return notices;
}

Blake2b Workstation::tree(const std::vector<std::string>& others) const {
  Observer observer;
  Entries entries = tree::scan_installation(fs::native(), layout_.root, observer);
  std::erase_if(entries, [&](const Entry& entry) {
    return std::ranges::find(others, entry.path.text()) != others.end();
  });
  return tree_digest(entries);
}

}  // namespace xppkg::test
