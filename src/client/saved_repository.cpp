#include "saved_repository.hpp"

#include "metadata_folder.hpp"

namespace xppkg::client {
namespace {

/// "3.snapshot.json" and "snapshot.json" are both the role's one saved file: the caller checks its
/// version.
class SavedFiles final : public trust::MetadataSource {
 public:
  explicit SavedFiles(MetadataFolder& folder) : folder_(folder) {}

  std::optional<Bytes> fetch(const std::string& file, std::uint64_t limit) override {
    if (file.ends_with(".root.json")) return std::nullopt;  // The newest is where we start.
    auto bytes = folder_.load(role_of(file));
    if (bytes && bytes->size() > limit) return std::nullopt;
    if (bytes) read_[file] = *bytes;
    return bytes;
  }

  [[nodiscard]] std::map<std::string, Bytes> take() { return std::move(read_); }

 private:
  static std::string role_of(const std::string& file) {
    const std::size_t end = file.rfind(".json");
    std::size_t begin = file.find_first_not_of("0123456789");
    begin = begin != 0 && begin != std::string::npos && file[begin] == '.' ? begin + 1 : 0;
    return file.substr(begin, end - begin);
  }

  MetadataFolder& folder_;
  std::map<std::string, Bytes> read_;
};

/// Nothing was trusted before, so that each role is read.
class NoCache final : public trust::MetadataCache {
 public:
  std::optional<Bytes> load(const std::string& /*role*/) override { return std::nullopt; }
  void save(const std::string& /*role*/, ByteView /*bytes*/) override {}
  void remove(const std::string& /*role*/) override {}
};

}  // namespace

SavedRepository load_saved_repository(fs::FileSystem& disk, const install::Layout& layout,
                                      const Config& config, const Times& times) {
  MetadataFolder folder(disk, layout.trust(), /*may_save=*/false);
  const auto root = folder.load("root");
  if (!root) throw Error(Code::corrupt_state, {{"file", "trust/root.json"}, {"reason", "missing"}});
  SavedFiles saved(folder);
  NoCache nothing;
  trust::Workflow workflow(*root, {times.judged_at, load_trusted_time(disk, layout).issued},
                           trust::Schemes::production(), saved, nothing);
  workflow.refresh();
  manifest::Catalogue catalogue =
      manifest::read_catalogue(config.package, workflow.delegated(config.package));
  Trusted trusted{std::move(workflow).take(), std::move(catalogue), fs::to_utf8(layout.trust())};
  SavedRepository repository{std::move(trusted), saved.take()};
  repository.files[std::to_string(repository.trusted.set.root().version) + ".root.json"] = *root;
  return repository;
}

}  // namespace xppkg::client
