#include "publish/audit.hpp"

#include <algorithm>

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

using manifest::Block;
using manifest::Manifest;
using manifest::TargetFile;

bool is_manifest(const trust::Target& target) {
  const auto kind = target.custom.find("kind");
  return kind != target.custom.end() && *kind == "manifest";
}

class Auditor {
 public:
  Auditor(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now, Observer& observer)
      : disk_(disk),
        layout_(layout),
        observer_(observer),
        published_(read_repository(disk, layout, now)) {}

  Audit run() {
    for (const std::string& package : published_.packages) count(package);
    for (const std::string& package : published_.packages) check(package);
    const Bytes newest = fs::read_file(disk_, layout_.role(published_.set.root().version, "root"),
                                       trust::Limits::root);
    attempt("root.json", [&] {
      if (fs::read_file(disk_, layout_.shipped_root(), trust::Limits::root) != newest) {
        throw Error(Code::trust_hash);
      }
    });
    return std::move(audit_);
  }

 private:
  template <typename Check>
  void attempt(const std::string& path, const Check& check) {
    try {
      check();
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
      audit_.problems.push_back({path, std::string(info(error.code()).id)});
    }
  }

  void count(const std::string& package) {
    for (const auto& [path, target] : published_.set.delegated(package).targets) {
      total_ += target.length;
    }
  }

  void check(const std::string& package) {
    const trust::Targets& role = published_.set.delegated(package);
    const auto catalogue = manifest::read_catalogue(package, role);
    std::vector<Manifest> manifests;
    for (const auto& release : catalogue.releases) {
      attempt(release.manifest.path, [&] {
        manifests.push_back(read_manifest(disk_, layout_, published_, package, release.manifest));
      });
      took(release.manifest.size, release.manifest.path);
    }
    for (const auto& [path, target] : role.targets) {
      if (is_manifest(target)) continue;
      attempt(path, [&] { payload(manifest::file_of(path, target), manifests); });
      took(target.length, path);
    }
  }

  void payload(const TargetFile& file, const std::vector<Manifest>& manifests) {
    const manifest::Payload* described = nullptr;
    for (const Manifest& manifest : manifests) {
      if (described == nullptr) described = manifest.payload(file.path);
    }
    if (described == nullptr || described->size() != file.size) {
      throw Error(Code::repository_invalid, {{"path", file.path}});
    }
    const fs::Path place = layout_.target(file);
    if (!disk_.stat(place)) throw Error(Code::repository_invalid, {{"missing", file.path}});
    const auto reader = disk_.open_read(place);
    if (reader->size() != file.size) throw Error(Code::trust_hash);
    Sha256Hasher whole;
    std::uint64_t at = 0;
    Bytes buffer;
    for (const Block& block : described->blocks) {
      buffer.resize(block.size);
      reader->read_at(at, buffer);
      at += block.size;
      whole.update(buffer);
      if (blake2b(buffer) != block.digest) throw Error(Code::trust_hash);
    }
    if (whole.finish() != file.sha256) throw Error(Code::trust_hash);
  }

  void took(std::uint64_t bytes, const std::string& path) {
    if (observer_.cancelled()) throw Error(Code::cancelled);
    ++audit_.files;
    audit_.bytes += bytes;
    observer_.progress({Stage::verify, path, audit_.bytes, total_});
  }

  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  Observer& observer_;
  Published published_;
  std::uint64_t total_ = 0;
  Audit audit_;
};

}  // namespace

Audit verify_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now,
                        Observer& observer) {
  return Auditor(disk, layout, now, observer).run();
}

}  // namespace xppkg::publish
