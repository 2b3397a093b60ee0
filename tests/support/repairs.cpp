#include "repairs.hpp"

#include "delta/decoder.hpp"
#include "install/state.hpp"

namespace xppkg::test {

PackageInBlocks::PackageInBlocks(const manifest::Manifest& release, const fs::Path& package)
    : payload{"full.xpp", "", {}, {}}, release_(release) {
  const auto reader = fs::native().open_read(package);
  std::uint64_t at = 0;
  for (const std::uint64_t size : delta::Decoder(*reader).pieces()) {
    Bytes& bytes = blocks.emplace_back(size);
    reader->read_at(at, bytes);
    payload.blocks.push_back({size, blake2b(bytes)});
    at += size;
  }
}

install::PartialPackage PackageInBlocks::open() {
  return {release_, payload, [this](std::size_t block) {
            read.insert(block);
            return blocks.at(block);
          }};
}

std::vector<Notice> repair(fs::FileSystem& disk, const install::Layout& layout,
                           const manifest::Manifest& release, PackageInBlocks& package) {
  Observer observer;
  install::ContentStore contents(disk, layout);
  contents.add_sound_files(
      install::verify_folder(disk, layout, release, install::Depth::full, observer));
  contents.add_pristine();
  install::Stager stager(disk, layout, contents, observer);
  stager.begin();
  const auto lacking = stager.lacking(release);
  if (!lacking.empty()) stager.repair(package.open(), lacking);
  return install::FolderTransaction(disk, layout, observer)
      .commit(stager.finish(release), &release, *install::load_installed(disk, layout),
              as_bytes("the manifest"), install::LayBeside::always);
}

}  // namespace xppkg::test
