#include "publish/audit.hpp"

#include <algorithm>
#include <charconv>

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

using manifest::Manifest;
using manifest::TargetFile;

bool is_manifest(const trust::Target& target) {
  const auto kind = target.custom.find("kind");
  return kind != target.custom.end() && *kind == "manifest";
}

/// Found by the names of the files: the row of roots may have a gap.
std::uint64_t newest_root(fs::FileSystem& disk, const RepositoryLayout& layout) {
  constexpr std::string_view kEnding = ".root.json";
  std::uint64_t newest = 1;
  if (!disk.stat(layout.metadata())) return newest;
  for (const fs::Path& path : disk.list(layout.metadata())) {
    const std::string name = fs::to_utf8(path);
    if (!name.ends_with(kEnding)) continue;
    std::uint64_t version = 0;
    const char* end = name.data() + name.size() - kEnding.size();
    const auto [stop, failed] = std::from_chars(name.data(), end, version);
    if (failed == std::errc() && stop == end) newest = std::max(newest, version);
  }
  return newest;
}

class Auditor {
 public:
  Auditor(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now, Observer& observer)
      : disk_(disk),
        layout_(layout),
        now_(now),
        observer_(observer),
        roots_(newest_root(disk, layout)),
        published_(read_repository(disk, layout, now, {roots_, Expiry::enforced})) {}

  Audit run(const Policy& policy) {
    audit_.warnings = expiry_warnings(published_, policy, now_);
    audit_.roots = roots_;
    for (std::uint64_t version = 1; version <= roots_; ++version) play_client(version);
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

  /// A client that trusts this root has to reach the newest one, and all that it leads to.
  void play_client(std::uint64_t version) {
    const fs::Path file = layout_.role(version, "root");
    attempt(fs::to_utf8(file.lexically_relative(layout_.root)), [&] {
      const auto client = read_repository(disk_, layout_, now_, {version, Expiry::enforced});
      if (client.set.root().version == roots_) return;
      throw Error(Code::repository_invalid);
    });
  }

  void count(const std::string& package) {
    const trust::Targets& role = published_.set.delegated(package);
    const auto gone = manifest::withdrawn_packages(manifest::read_catalogue(package, role));
    for (const auto& [path, target] : role.targets) {
      if (!gone.contains(path)) total_ += target.length;
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
    const auto gone = manifest::withdrawn_packages(catalogue);
    for (const auto& entry : role.targets) {
      const auto& [path, target] = entry;
      if (is_manifest(target) || gone.contains(path)) continue;
      // Clang 14 lets no lambda see the names of parts.
      attempt(path, [&] { payload(manifest::file_of(entry.first, entry.second), manifests); });
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
  trust::Time now_;
  Observer& observer_;
  std::uint64_t roots_;
  Published published_;
  std::uint64_t total_ = 0;
  Audit audit_;
};

}  // namespace

Audit verify_repository(fs::FileSystem& disk, const RepositoryLayout& layout, const Policy& policy,
                        trust::Time now, Observer& observer) {
  return Auditor(disk, layout, now, observer).run(policy);
}

}  // namespace xppkg::publish
