#include "test_installation.hpp"

#include <ctime>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "fs/files.hpp"

namespace xppkg::test {

TestInstallation::TestInstallation() {
  config.sources = {"file://" + fs::to_utf8(source)};
  config.package = "app";
  const trust::Time now = std::time(nullptr);
  for (trust::Common* role : {static_cast<trust::Common*>(&repository.root),
                              static_cast<trust::Common*>(&repository.timestamp),
                              static_cast<trust::Common*>(&repository.snapshot),
                              static_cast<trust::Common*>(&repository.targets),
                              static_cast<trust::Common*>(&repository.package)}) {
    role->expires = now + 30 * kDay;
  }
}

void TestInstallation::publish(std::uint64_t version) {
  repository.timestamp.version = version;
  repository.snapshot.version = version;
  repository.targets.version = version;
  repository.package.version = version;
  const Metadata made = repository.publish();
  const fs::Path metadata = source / "metadata";
  fs::make_directories(fs::native(), metadata);
  const auto write = [&](const std::string& name, ByteView bytes) {
    fs::write_file_atomically(fs::native(), metadata / name, bytes);
  };
  write(trust::metadata_file("root", repository.root.version), made.root);
  write(trust::metadata_file("snapshot", version), made.snapshot);
  write(trust::metadata_file("targets", version), made.targets);
  write(trust::metadata_file("app", version), made.package);
  write(trust::metadata_file("timestamp"), made.timestamp);
}

void TestInstallation::init() {
  InitOptions options;
  options.folder = fs::to_utf8(layout.root);
  options.sources = config.sources;
  options.root_file =
      fs::to_utf8(source / "metadata" / trust::metadata_file("root", repository.root.version));
  options.package = config.package;
  Updater::init(options);
}

client::MetadataStore TestInstallation::store() const {
  return {fs::native(), layout, config};
}

std::string TestInstallation::refresh(trust::Time now, bool may_save) {
  std::vector<std::unique_ptr<source::Source>> sources;
  sources.push_back(source::open_source(config.sources.front(), {}, fs::native()));
  Observer observer;
  return error_of([&] { store().refresh(sources, now, may_save, observer); });
}

trust::Time TestInstallation::trusted_time() const {
  return client::load_trusted_time(fs::native(), layout).issued;
}

manifest::TargetFile TestInstallation::add_target(const std::string& path, ByteView bytes) {
  const trust::Target target{bytes.size(), sha256(bytes), Json::object()};
  repository.package.targets[path] = target;
  manifest::TargetFile file = manifest::file_of(path, target);
  const fs::Path place = source / fs::from_utf8(client::source_path(file));
  fs::make_directories(fs::native(), place.parent_path());
  fs::write_file_atomically(fs::native(), place, bytes);
  return file;
}

}  // namespace xppkg::test
