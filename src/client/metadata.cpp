#include "metadata.hpp"

#include <fmt/format.h>

#include "fs/files.hpp"

namespace xppkg::client {
namespace {

using trust::Limits;
using trust::TrustedSet;

std::string versioned(std::uint64_t version, const std::string& role) {
  return fmt::format("metadata/{}.{}.json", version, role);
}

/// One run of the client workflow against one source.
class Workflow {
 public:
  using Save = std::function<void(const std::string& role, ByteView bytes)>;
  using Load = std::function<std::optional<Bytes>(const std::string& role)>;

  Workflow(source::Source& source, Load load, Save save, Observer& observer)
      : source_(source), load_(std::move(load)), save_(std::move(save)), observer_(observer) {}

  TrustedSet run(ByteView trusted_root, trust::Time now, const std::string& package) {
    TrustedSet set(trusted_root, now);
    roots(set);
    timestamp(set);
    snapshot(set);
    role(set, "targets", [&](ByteView bytes) { set.update_targets(bytes); });
    if (set.delegation(package) == nullptr) {
      throw Error(Code::not_found_package, {{"package", package}, {"source", source_.address()}});
    }
    role(set, package, [&](ByteView bytes) { set.update_delegated(package, bytes); });
    return set;
  }

 private:
  void roots(TrustedSet& set) {
    for (int i = 0; i < Limits::root_rotations; ++i) {
      const auto bytes =
          source_.read(versioned(set.root().version + 1, "root"), Limits::root, observer_);
      if (!bytes) break;
      set.update_root(*bytes);
      save_("root", *bytes);
    }
    set.end_of_roots();
  }

  void timestamp(TrustedSet& set) {
    if (const auto cached = load_("timestamp")) {
      ignoring_trust_errors([&] { set.update_timestamp(*cached); });
    }
    const Bytes bytes = read("metadata/timestamp.json", Limits::timestamp);
    if (set.update_timestamp(bytes)) save_("timestamp", bytes);
  }

  void snapshot(TrustedSet& set) {
    if (const auto cached = load_("snapshot")) {
      ignoring_trust_errors([&] { set.update_snapshot(*cached, TrustedSet::Origin::cached); });
    }
    const std::uint64_t wanted = set.timestamp()->snapshot.version;
    if (set.snapshot() && set.snapshot()->version == wanted) return;
    const std::uint64_t length = set.timestamp()->snapshot.length.value_or(Limits::snapshot);
    const Bytes bytes = read(versioned(wanted, "snapshot"), std::min(length, Limits::snapshot));
    set.update_snapshot(bytes, TrustedSet::Origin::remote);
    save_("snapshot", bytes);
  }

  template <typename Update>
  void role(TrustedSet& set, const std::string& name, const Update& update) {
    if (const auto cached = load_(name)) {
      if (ignoring_trust_errors([&] { update(*cached); })) return;
    }
    const trust::FileMeta& meta = set.file_meta(name);
    const Bytes bytes = read(versioned(meta.version, name),
                             std::min(meta.length.value_or(Limits::targets), Limits::targets));
    update(bytes);
    save_(name, bytes);
  }

  Bytes read(const std::string& path, std::uint64_t limit) {
    observer_.progress({Stage::check, path, 0, 0});
    auto bytes = source_.read(path, limit, observer_);
    if (!bytes) throw Error(Code::not_found_file, {{"source", source_.address()}, {"path", path}});
    return std::move(*bytes);
  }

  /// Cached metadata that does not hold any more is as good as none.
  template <typename Update>
  static bool ignoring_trust_errors(const Update& update) {
    try {
      update();
      return true;
    } catch (const Error& error) {
      if (info(error.code()).id.starts_with("trust.")) return false;
      if (error.code() == Code::unsupported_format) return false;
      throw;
    }
  }

  source::Source& source_;
  Load load_;
  Save save_;
  Observer& observer_;
};

}  // namespace

MetadataStore::MetadataStore(fs::FileSystem& disk, const install::Layout& layout,
                             const Config& config)
    : disk_(disk), layout_(layout), config_(config) {}

fs::Path MetadataStore::place(const std::string& role) const {
  return layout_.trust() / fs::from_utf8(role + ".json");
}

std::optional<Bytes> MetadataStore::load(const std::string& role) const {
  return fs::read_file_if_there(disk_, place(role), Limits::targets);
}

void MetadataStore::save(const std::string& role, ByteView bytes) {
  fs::write_file_atomically(disk_, place(role), bytes);
}

void MetadataStore::begin(ByteView root, trust::Time now) {
  const TrustedSet checked(root, now);
  fs::make_directories(disk_, layout_.trust());
  save("root", root);
}

Trusted MetadataStore::refresh(const std::vector<std::unique_ptr<source::Source>>& sources,
                               trust::Time now, bool may_save, Observer& observer) {
  std::optional<Error> last;
  for (const auto& source : sources) {
    try {
      return refresh_from(*source, now, may_save, observer);
    } catch (const Error& error) {
      if (error.code() == Code::cancelled || error.code() == Code::corrupt_state) throw;
      last = error;
      if (last->fact("source").empty()) last->with("source", source->address());
      if (source != sources.back()) {
        observer.notice({"source.skipped", source->address(), error.what()});
      }
    }
  }
  if (!last) throw Error(Code::transport_unreachable, {{"reason", "no source is configured"}});
  throw *last;
}

Trusted MetadataStore::refresh_from(source::Source& source, trust::Time now, bool may_save,
                                    Observer& observer) {
  const auto root = load("root");
  if (!root) throw Error(Code::corrupt_state, {{"file", "trust/root.json"}, {"reason", "missing"}});
  Workflow workflow(
      source, [this](const std::string& role) { return load(role); },
      [&](const std::string& role, ByteView bytes) {
        if (may_save) save(role, bytes);
      },
      observer);
  TrustedSet set = workflow.run(*root, now, config_.package);
  manifest::Catalogue catalogue =
      manifest::read_catalogue(config_.package, set.delegated(config_.package));
  return {std::move(set), std::move(catalogue), source.address()};
}

trust::OfflineProof MetadataStore::offline_proof() const {
  const auto need = [&](const std::string& role) {
    auto bytes = load(role);
    if (!bytes) {
      throw Error(Code::corrupt_state,
                  {{"file", "trust/" + role + ".json"}, {"reason", "missing"}});
    }
    return std::move(*bytes);
  };
  return {need("root"), need("targets"), config_.package, need(config_.package)};
}

}  // namespace xppkg::client
