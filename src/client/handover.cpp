#include "handover.hpp"

#include "fs/files.hpp"
#include "source/forwarding_source.hpp"

namespace xppkg::client {
namespace {

/// Makes the folder of a file, which every user may pass through, whatever the umask is.
fs::Path make_place(fs::FileSystem& disk, const fs::Path& folder, const std::string& path) {
  const fs::Path place = folder / fs::from_utf8(path);
  fs::make_directories(disk, place.parent_path());
  for (fs::Path on_way = place.parent_path(); on_way != folder; on_way = on_way.parent_path()) {
    disk.set_mode(on_way, 0755);
  }
  return place;
}

/// Keeps whole files that come by; parts are for fetchers of payloads.
class KeepingSource final : public source::ForwardingSource {
 public:
  KeepingSource(std::unique_ptr<source::Source> source, fs::FileSystem& disk, fs::Path folder)
      : source_(std::move(source)), disk_(disk), folder_(std::move(folder)) {}

  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override {
    auto bytes = source_->read(path, limit, observer);
    if (bytes) {
      fs::write_file_atomically(disk_, make_place(disk_, folder_, path), *bytes);
    }
    return bytes;
  }

 protected:
  [[nodiscard]] source::Source& to() const override { return *source_; }

 private:
  std::unique_ptr<source::Source> source_;
  fs::FileSystem& disk_;
  fs::Path folder_;
};

}  // namespace

Handover::Handover(fs::FileSystem& disk, fs::Path folder)
    : disk_(disk), folder_(std::move(folder)) {
  fs::make_directories(disk_, folder_);
  disk_.set_mode(folder_, 0755);
}

void Handover::watch(std::vector<std::unique_ptr<source::Source>>& sources) {
  for (auto& source : sources) {
    source = std::make_unique<KeepingSource>(std::move(source), disk_, folder_);
  }
}

void Handover::add_payloads(const PreparedPlan& prepared,
                            std::vector<std::unique_ptr<source::Source>>& sources,
                            Observer& observer) {
  std::vector<source::Source*> all;
  for (const auto& source : sources) all.push_back(source.get());
  source::DownloadStore store(disk_, folder_ / "download");
  for (std::size_t i = 0; i < prepared.plan.steps.size(); ++i) {
    const manifest::TargetFile& file = prepared.plan.steps[i].payload;
    const source::RemoteFile wanted = remote_payload(prepared.manifests[i].manifest, file);
    const fs::Path place = make_place(disk_, folder_, wanted.path);
    disk_.rename(store.fetch(wanted, all, observer), place);
    disk_.set_mode(place, 0644);
  }
}

}  // namespace xppkg::client
