// Writes a signed repository whose package lists many targets, one of which is there.
//   many-targets FOLDER COUNT     prints the target path that is there

#include <fmt/format.h>

#include <ctime>
#include <iostream>

#include "fs/files.hpp"
#include "repository.hpp"
#include "trust/role_name.hpp"

namespace {

using namespace xppkg;

constexpr const char* kContents = "the contents of the target";

/// As `xppkg-release add` describes a manifest.
trust::Target target(unsigned long index) {
  const std::string version = fmt::format("1.{}", index);
  return {std::string_view(kContents).size(),
          sha256(as_bytes(kContents)),
          {{"kind", "manifest"},
           {"package", "app"},
           {"version", version},
           {"platform", "linux-x86_64"},
           {"channels", {"stable"}},
           {"tree", blake2b(as_bytes(version)).hex()}}};
}

std::string path_of(unsigned long index) {
  return fmt::format("app/1.{}/linux-x86_64/manifest.json", index);
}

void write(const fs::Path& path, ByteView bytes) {
  fs::make_directories(fs::native(), path.parent_path());
  fs::write_file_atomically(fs::native(), path, bytes);
}

void publish(const fs::Path& folder, unsigned long count) {
  test::Repository repository;
  for (trust::Common* role : std::initializer_list<trust::Common*>{
           &repository.root, &repository.timestamp, &repository.snapshot, &repository.targets,
           &repository.package}) {
    role->expires = std::time(nullptr) + 30 * test::kDay;
  }
  repository.package.targets.clear();
  for (unsigned long i = 0; i < count; ++i) repository.package.targets[path_of(i)] = target(i);
  const test::Metadata made = repository.publish();
  write(folder / "metadata/1.root.json", made.root);
  write(folder / "metadata/1.snapshot.json", made.snapshot);
  write(folder / "metadata/1.targets.json", made.targets);
  write(folder / "metadata/1.app.json", made.package);
  write(folder / "metadata/timestamp.json", made.timestamp);
  const std::string path = path_of(count / 2);
  const std::string hash = sha256(as_bytes(kContents)).hex();
  write(folder / "targets" / trust::target_file(path, hash), as_bytes(kContents));
  std::cout << path << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: many-targets FOLDER COUNT\n";
    return EXIT_FAILURE;
  }
  try {
    publish(fs::from_utf8(argv[1]), std::stoul(argv[2]));
  } catch (const std::exception& error) {
    std::cerr << "many-targets: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
