#include "publish/add.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "file_pattern.hpp"
#include "fs/files.hpp"
#include "last_published.hpp"
#include "payloads.hpp"
#include "releasable.hpp"
#include "repository_lock.hpp"
#include "tree/scan.hpp"
#include "trial_install.hpp"

namespace xppkg::publish {
namespace {

using manifest::Catalogue;
using manifest::Manifest;
using manifest::Release;
using manifest::TargetFile;

constexpr std::uint64_t kWorthPercent = 80;

/// A client lays the vendor's state beside a config file that its user changed, as NAME.new, or
/// NAME.new-2 and so on: a longer name leaves no room for that. Throws Error{tree_unsafe_name}.
void require_room_beside(const RelPath& config) {
  RelPath::parse(config.text() + ".new-999");
}

void mark_configs(Entries& entries, const std::vector<std::string>& patterns, Observer& observer) {
  for (const std::string& pattern : patterns) {
    bool found = false;
    for (Entry& entry : entries) {
      if (entry.kind != EntryKind::file || !file_matches(pattern, entry.path)) continue;
      require_room_beside(entry.path);
      entry.config = true;
      found = true;
    }
    if (!found) observer.notice({"config.unmatched", pattern, ""});
  }
}

Manifest start_manifest(fs::FileSystem& disk, const fs::Path& tree, const AddOptions& options,
                        trust::Time now, Observer& observer) {
  Manifest target;
  target.package = options.package;
  target.version = Version::parse(options.version);
  target.platform = options.platform;
  target.released = now;
  target.notes = options.notes;
  target.entries = tree::scan(disk, tree, observer);
  mark_configs(target.entries, options.configs, observer);
  target.tree = tree_digest(target.entries);
  return target;
}

/// Clients refuse larger manifests. Checked before hours of work, and again at the end.
void require_readable(const std::string& version, std::uint64_t bytes) {
  if (bytes <= manifest::kMaxBytes) return;
  throw Error(Code::limit_exceeded, {{"manifest of", version},
                                     {"bytes", fmt::to_string(bytes)},
                                     {"limit", fmt::to_string(manifest::kMaxBytes)}});
}

/// The size of the manifest as JSON. Throws Error{usage_invalid} for notes that JSON cannot hold.
std::uint64_t size_of(const Manifest& target) {
  try {
    return manifest::to_json(target).dump().size();
  } catch (const Json::exception&) {
    throw Error(Code::usage_invalid, {{"notes", "they are not UTF-8"}});
  }
}

std::string target_path(const Manifest& target, const std::string& name) {
  return fmt::format("{}/{}/{}/{}", target.package, target.version.text(), target.platform, name);
}

/// One run of add_release.
class Adding {
 public:
  Adding(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys, trust::Time now,
         Observer& observer)
      : disk_(disk),
        layout_(layout),
        keys_(keys),
        now_(now),
        observer_(observer),
        lock_(lock_repository(disk, layout)),
        // Expired metadata is signed anew.
        published_(read_to_sign(disk, layout, keys)) {}

  AddResult run(const fs::Path& tree, const AddOptions& options) {
    Manifest target = start_manifest(disk_, tree, options, now_, observer_);
    if (published_.has(options.package)) {
      role_ = published_.set.delegated(options.package);
      catalogue_ = manifest::read_catalogue(options.package, role_);
    }
    describe(target);
    require_releasable(disk_, tree, target.entries, layout_, keys_.folder(), options, observer_);
    require_readable(target.version.text(), size_of(target));
    if (is_published(target)) return result_;
    result_.changed = true;

    // The same error now rather than after an hour of making deltas.
    const Signers keys = open_publishing_keys(keys_, published_, target.package);
    PayloadMaker maker(disk_, layout_.work(), options.level, observer_);
    const ReleaseFiles files{target, tree};
    add_full(maker, files, target);
    for (const Release& base : bases(target, options.deltas)) add_delta(maker, base, files, target);
    publish(target, keys, options.channel);
    clear_work();
    return result_;
  }

 private:
  // All but the lock: who waits for it must meet the same file.
  void clear_work() {
    for (const fs::Path& name : disk_.list(layout_.work())) {
      const fs::Path path = layout_.work() / name;
      if (path != layout_.lock()) fs::remove_tree(disk_, path);
    }
  }

  void describe(const Manifest& target) {
    for (const Entry& entry : target.entries) {
      result_.tree_bytes += entry.size;
      if (entry.kind == EntryKind::file) ++result_.files;
    }
  }

  bool is_published(const Manifest& target) {
    for (const Release& release : catalogue_.releases) {
      const bool is_same = release.version == target.version && release.platform == target.platform;
      if (!is_same || release.is_withdrawn()) continue;
      if (release.tree == target.tree && release.version.text() == target.version.text())
        return true;
      throw Error(Code::release_exists,
                  {{"package", target.package}, {"version", release.version.text()}});
    }
    return false;
  }

  std::vector<Release> bases(const Manifest& target, std::size_t most) const {
    std::vector<Release> earlier;
    for (const Release& release : catalogue_.releases) {
      const bool is_base = release.platform == target.platform && release.full &&
                           !release.is_withdrawn() && release.version < target.version &&
                           release.tree != target.tree;
      if (!is_base) continue;
      // One of equal contents is enough: a base is known by its tree, whatever its version.
      std::erase_if(earlier, [&](const Release& other) { return other.tree == release.tree; });
      earlier.push_back(release);
    }
    std::vector<Release> chosen;
    for (const std::size_t index : delta_bases(earlier.size(), most)) {
      chosen.push_back(earlier[index]);
    }
    return chosen;
  }

  void add_full(PayloadMaker& maker, const ReleaseFiles& files, Manifest& target) {
    EncodedPayload payload = maker.make_full(files);
    report(Stage::prove, target.version.text());
    TrialInstall trial(disk_, layout_.work() / "prove", observer_);
    prove_and_discard_bad(trial, target, payload, /*is_full=*/true);
    result_.full_bytes = payload.size;
    keep(target, {target_path(target, "full.xpp"), "", {}, {}}, std::move(payload));
  }

  void add_delta(PayloadMaker& maker, const Release& base, const ReleaseFiles& files,
                 Manifest& target) {
    const Manifest base_manifest =
        read_manifest(disk_, layout_, published_, target.package, base.manifest);
    TrialInstall trial(disk_, layout_.work() / "base", observer_);
    trial.install(base_manifest, layout_.target(*base.full), /*is_full=*/true);
    EncodedPayload payload = maker.make_delta({base_manifest, trial.folder()}, files);
    AddedDelta added{base.version.text(), payload.size, false};
    added.kept = payload.size * 100 <= result_.full_bytes * kWorthPercent;
    if (added.kept) {
      report(Stage::prove, fmt::format("{} -> {}", added.from, target.version.text()));
      prove_and_discard_bad(trial, target, payload, /*is_full=*/false);
      keep(target,
           {target_path(target, fmt::format("from-{}.xpp", added.from)), added.from, base.tree, {}},
           std::move(payload));
    }
    result_.deltas.push_back(std::move(added));
  }

  void prove_and_discard_bad(TrialInstall& trial, const Manifest& target,
                             const EncodedPayload& payload, bool is_full) {
    try {
      trial.prove(target, payload.file, is_full);
    } catch (const Error& error) {
      if (error.code() == Code::cancelled || error.code() == Code::space_insufficient) throw;
      // A payload that an earlier run left damaged must not stand in the way of the next run.
      fs::remove_file_if_there(disk_, payload.file);
      if (error.code() == Code::release_not_proved) throw;
      throw Error(Code::release_not_proved,
                  {{"version", target.version.text()}, {"cause", error.what()}});
    }
  }

  void keep(Manifest& target, manifest::Payload payload, EncodedPayload file) {
    payload.blocks = file.blocks;
    target.payloads.push_back(std::move(payload));
    files_.push_back(std::move(file));
  }

  /// Other contents under the version of a withdrawn release: one of them is listed.
  void replace_withdrawn(const Manifest& target) {
    for (const Release& release : catalogue_.releases) {
      if (release.version != target.version || release.platform != target.platform) continue;
      role_.targets.erase(release.manifest.path);
      if (release.full) role_.targets.erase(release.full->path);
    }
  }

  void publish(const Manifest& target, const Signers& keys, const std::string& channel) {
    report(Stage::publish, target.version.text());
    replace_withdrawn(target);
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const TargetFile file{target.payloads[i].path, files_[i].size, files_[i].sha256};
      const fs::Path place = layout_.target(file);
      fs::make_directories(disk_, place.parent_path());
      disk_.rename(files_[i].file, place);
      disk_.sync_directory(place.parent_path());
      role_.targets[file.path] = {file.size, file.sha256,
                                  manifest::custom_of_payload(target, target.payloads[i])};
    }
    const Bytes bytes = trust::sign(manifest::to_json(target), keys);
    require_readable(target.version.text(), bytes.size());
    const TargetFile file{target_path(target, "manifest.json"), bytes.size(), sha256(bytes)};
    fs::write_file_atomically(disk_, layout_.target(file), bytes);
    role_.targets[file.path] = {file.size, file.sha256,
                                manifest::custom_of_manifest(target, {channel})};
    publish_package(disk_, layout_, keys_, published_, target.package, role_, now_);
  }

  void report(Stage stage, const std::string& what) { observer_.progress({stage, what, 0, 0}); }

  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  KeyRing& keys_;
  trust::Time now_;
  Observer& observer_;
  std::unique_ptr<fs::Lock> lock_;
  Published published_;
  trust::Targets role_;
  Catalogue catalogue_;
  std::vector<EncodedPayload> files_;
  AddResult result_;
};

void check_options(const AddOptions& options) {
  manifest::check_package_name(options.package);
  manifest::check_platform_name(options.platform);
  manifest::check_channel_name(options.channel);
  if (options.level < 1 || options.level > 22) {
    throw Error(Code::usage_invalid, {{"level", fmt::to_string(options.level)}});
  }
}

// E. Myers, "An applicative random-access stack" (1983): from each place one jump back, such that
// any earlier place is reached in O(log n) steps of one or of a jump.
std::vector<std::size_t> jumps_up_to(std::size_t index) {
  std::vector<std::size_t> jump{0};
  for (std::size_t last = 0; last < index; ++last) {
    const std::size_t middle = jump[last];
    const bool equal = last - middle == middle - jump[middle];
    jump.push_back(equal ? jump[middle] : last);
  }
  return jump;
}

}  // namespace

std::vector<std::size_t> delta_bases(std::size_t index, std::size_t most) {
  std::vector<std::size_t> bases;
  const auto add = [&](std::size_t base) {
    if (bases.size() < most && std::ranges::find(bases, base) == bases.end()) bases.push_back(base);
  };
  if (index == 0) return bases;
  const std::vector<std::size_t> jump = jumps_up_to(index);
  add(index - 1);
  add(jump[index]);
  add(jump[index - 1]);
  for (std::size_t base = jump[index]; base > 0; base = jump[base]) add(jump[base]);
  return bases;
}

AddResult add_release(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                      const fs::Path& tree, const AddOptions& options, trust::Time now,
                      Observer& observer) {
  check_options(options);
  require_apart(tree, layout, keys.folder());
  return Adding(disk, layout, keys, now, observer).run(tree, options);
}

}  // namespace xppkg::publish
