#include "street.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "install/kept_releases.hpp"
#include "install/preflight.hpp"
#include "rolled_back.hpp"

namespace xppkg::client {

Street::Street(Session& session, const Trusted& trusted, Observer& observer)
    : session_(session),
      trusted_(trusted),
      observer_(observer),
      downloads_(session.disk(), session.layout().downloads()),
      refused_(session.disk(), session.layout()),
      contents_(session.disk(), session.layout()) {}

void Street::look_at_base(install::Depth depth) {
  if (!session_.installed()) return;
  if (!installed_) installed_ = find_installed_manifest();
  if (!installed_) return;
  verified_ = install::verify_folder(session_.disk(), session_.layout(), installed_->manifest,
                                     depth, observer_);
  session_.keep_times(installed_->manifest.tree, verified_);
  base_ = plan::Base{installed_->manifest.version.text(), installed_->manifest.tree,
                     verified_.damaged(), bytes_to_mend()};
}

// Nothing: lost bytes cannot be fetched. The vendor's config files are told by their names here:
// who may not write the folder may not read them either.
std::optional<std::uint64_t> Street::bytes_to_mend() {
  lost_ = verified_.lost;
  std::erase_if(lost_, [&](const Blake2b& digest) {
    return session_.disk().stat(session_.layout().pristine() / digest.hex()).has_value();
  });
  if (lost_.empty()) return 0;
  if (mending_failed_) return std::nullopt;
  try {
    return mender().bytes_for(lost_);
  } catch (const Error& error) {
    cannot_mend(error);
    return std::nullopt;
  }
}

Mender& Street::mender() {
  if (!mender_) {
    mender_ =
        std::make_unique<Mender>(session_, installed_->manifest, trusted_.catalogue, observer_);
  }
  return *mender_;
}

// The full package of the wanted release is then the way.
void Street::cannot_mend(const Error& error) {
  if (!Mender::is_told_by(error.code())) throw Error(error);
  mending_failed_ = true;
  observer_.notice({"base.not-mended", installed_->manifest.version.text(), error.what()});
}

// A damaged manifest is no dead end: the source has it too. A folder without it is taken as one
// where nothing is installed; files that are in the way are then kept aside.
std::optional<SignedManifest> Street::find_installed_manifest() {
  try {
    return session_.installed_manifest();
  } catch (const Error& error) {
    manifest_is_lost_ = true;
    observer_.notice({"manifest.replaced", ".xppkg/manifest.json", error.what()});
  }
  const auto* release = trusted_.catalogue.with_tree(session_.installed()->tree);
  if (release == nullptr) return std::nullopt;
  return session_.fetch_manifest(trusted_, release->manifest, release->tree, observer_);
}

plan::Plan Street::plan(const manifest::Release& release) const {
  plan::Request request;
  request.base = base_;
  request.wanted = &release;
  request.present = [this](const manifest::TargetFile& file) {
    return downloads_.present({target_path(file), file.size, file.sha256, {}});
  };
  request.refused = [this](const manifest::Delta& delta) { return refused_.contains(delta); };
  manifest::Catalogue reachable = trusted_.catalogue;
  std::erase_if(reachable.deltas,
                [&](const manifest::Delta& delta) { return is_out_of_reach(delta, release); });
  return plan::make_plan(reachable, request);
}

// A release that was left before may be here still, as for a rollback.
std::optional<SignedManifest> Street::find_kept(const manifest::Release& release) {
  const install::KeptReleases kept(session_.disk(), session_.layout());
  const auto releases = kept.list();
  const auto wanted = std::ranges::find_if(releases, [&](const install::KeptRelease& one) {
    return one.installed.tree == release.tree && one.installed.version == release.version.text();
  });
  if (wanted == releases.end()) return std::nullopt;
  contents_.add_pristine();
  try {
    SignedManifest manifest = session_.kept_manifest(*wanted);
    if (kept.add_sound(needed_for(manifest.manifest), contents_)) return manifest;
  } catch (const Error&) {
    // Its state is damaged: the sources have it as well.
  }
  return std::nullopt;
}

/// The contents that no sound file of the folder has.
std::set<Blake2b> Street::needed_for(const manifest::Manifest& wanted) const {
  std::set<Blake2b> needed;
  for (const Entry& entry : wanted.entries) {
    if (entry.kind == EntryKind::file) needed.insert(entry.digest);
  }
  if (!installed_) return needed;
  for (const Entry& entry : installed_->manifest.entries) {
    if (!verified_.lost.contains(entry.digest)) needed.erase(entry.digest);
  }
  return needed;
}

Way Street::prepare(const manifest::Release& release) {
  Way way{plan(release), {}, 0};
  if (auto kept = way.plan.bytes > 0 ? find_kept(release) : std::nullopt) {
    way.plan.steps.clear();
    way.plan.bytes = 0;
    way.plan.mend_bytes = 0;
    way.plan.reason = plan::Reason::kept;
    way.manifests.push_back(std::move(*kept));
    way.need = disk_need({base_manifest(), &verified_, lost_, /*mends=*/false}, way.manifests,
                         way.plan.bytes);
    return way;
  }
  for (const plan::Step& step : way.plan.steps) {
    way.manifests.push_back(session_.fetch_manifest(trusted_, step.manifest, step.tree, observer_));
  }
  // The wanted release stands last, also where another one has the same contents.
  if (way.plan.steps.empty() || way.plan.steps.back().manifest.path != release.manifest.path) {
    way.manifests.push_back(
        session_.fetch_manifest(trusted_, release.manifest, release.tree, observer_));
  }
  const bool mends = way.plan.reason == plan::Reason::mended_base;
  way.need = disk_need({base_manifest(), &verified_, lost_, mends}, way.manifests, way.plan.bytes);
  return way;
}

// A workstation that follows its site uses the files at hand, rather than ask the internet.
bool Street::is_out_of_reach(const manifest::Delta& delta, const manifest::Release& wanted) const {
  if (missing_.contains(delta.file.path)) return true;
  return wanted.full && session_.site_has(*wanted.full) && !session_.site_has(delta.file);
}

template <typename Work>
bool Street::mends(const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    cannot_mend(error);
    base_->mend_bytes = std::nullopt;
    return false;
  }
}

std::optional<std::vector<fs::Path>> Street::fetch(const Way& way) {
  std::vector<fs::Path> payloads;
  for (std::size_t i = 0; i < way.plan.steps.size(); ++i) {
    const plan::Step& step = way.plan.steps[i];
    try {
      payloads.push_back(fetch(step, way.manifests[i].manifest));
    } catch (const Error& error) {
      // Somebody removed it since it was listed. The full package is not worth less for that.
      const bool is_missing =
          error.code() == Code::not_found_file || error.code() == Code::transport_not_ours ||
          (session_.site_has(step.payload) && info(error.code()).id.starts_with("transport."));
      if (step.is_full || !is_missing) throw;
      missing_.insert(step.payload.path);
      observer_.notice({"delta.missing", step.payload.path, error.what()});
      return std::nullopt;
    }
  }
  const auto lacking = to_be_mended(way, payloads);
  if (lacking.empty()) return payloads;
  return mends([&] { mender().fetch(lacking); }) ? std::optional(payloads) : std::nullopt;
}

// The first step leaves as they are the files of the base that a later one needs.
std::set<Blake2b> Street::to_be_mended(const Way& way, const std::vector<fs::Path>& payloads) {
  const install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
  if (mending_failed_) return {};
  std::set<Blake2b> lacking;
  if (payloads.empty()) {
    lacking = stager.lacking(way.wanted().manifest);
  } else if (!way.plan.steps.front().is_full) {
    try {
      lacking = stager.lacking(*base_manifest(), way.manifests.front().manifest, payloads.front());
    } catch (const Error&) {
      return {};  // Then the delta is refused where it is applied.
    }
  }
  return base_has(lacking) ? lacking : std::set<Blake2b>();
}

fs::Path Street::fetch(const plan::Step& step, const manifest::Manifest& manifest) {
  const source::Wanted wanted = wanted_payload(manifest, step.payload);
  std::vector<source::Source*> sources;
  for (const auto& source : session_.sources()) sources.push_back(source.get());
  const std::uint64_t before = downloads_.present(wanted);
  fs::Path path = session_.without_lock(
      observer_, [&] { return downloads_.fetch(wanted, sources, observer_); });
  downloaded_ += wanted.size - before;
  return path;
}

std::optional<install::VerifiedTree> Street::stage(const Way& way,
                                                   const std::vector<fs::Path>& payloads) {
  session_.hold(observer_);
  install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
  stager.begin();
  const manifest::Manifest* base = base_manifest();
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const manifest::Manifest& made = way.manifests[i].manifest;
    if (!apply(stager, way.plan.steps[i], base, made, payloads[i])) return std::nullopt;
    base = &made;
  }
  const manifest::Manifest& wanted = way.wanted().manifest;
  if (!mend(stager, stager.lacking(wanted))) return std::nullopt;
  return stager.finish(wanted);
}

bool Street::apply(install::Stager& stager, const plan::Step& step, const manifest::Manifest* base,
                   const manifest::Manifest& made, const fs::Path& payload) {
  if (step.is_full) {
    stager.apply(nullptr, made, payload);
    return true;
  }
  try {
    if (!mend(stager, stager.lacking(*base, made, payload))) return false;
    stager.apply(base, made, payload);
    return true;
  } catch (const Error& error) {
    const bool is_the_deltas_fault = error.code() == Code::corrupt_payload ||
                                     error.code() == Code::mismatch_base ||
                                     error.code() == Code::limit_exceeded;
    if (!is_the_deltas_fault) throw;
    refused_.add(step.base, step.payload.sha256);
    observer_.notice({"delta.refused", step.payload.path, error.what()});
    return false;
  }
}

bool Street::base_has(std::set<Blake2b> contents) const {
  if (!installed_) return false;
  for (const Entry& entry : installed_->manifest.entries) contents.erase(entry.digest);
  return contents.empty();
}

bool Street::mend(install::Stager& stager, const std::set<Blake2b>& lacking) {
  // The delta is at fault where the base never had these bytes.
  if (lacking.empty() || mending_failed_ || !base_has(lacking)) return true;
  return mends([&] { mender().mend(stager, lacking); });
}

std::vector<Notice> Street::commit(const install::VerifiedTree& tree, const Goal& goal,
                                   const Way& way) {
  const manifest::Manifest& wanted = way.wanted().manifest;
  install::Installed next{wanted.package, wanted.version.text(), wanted.platform, wanted.tree,
                          session_.now(), goal.on_purpose,       goal.decision};
  // A first release has nothing to go back to.
  next.confirmed = session_.config().confirm_starts == 0 || !session_.installed();
  session_.keep_proof(wanted.tree);
  auto notices = session_.commit(tree, base_manifest(), next, way.wanted().bytes, observer_);
  forget_rolled_back(session_.disk(), session_.layout(), wanted.tree);
  return notices;
}

Way Street::go(const Goal& goal, std::vector<Notice>& notices) {
  contents_.add_sound_files(verified_);
  contents_.add_pristine();
  try {
    return walk(goal, notices);
  } catch (const Error&) {
    session_.clear_staging();
    throw;
  }
}

// A release for all needs the files that a pilot has downloaded.
void Street::keep_for_release(const Goal& goal, const Way& way) {
  std::vector<Sha256> kept;
  if (goal.on_purpose && session_.site().is_configured()) {
    for (const plan::Step& step : way.plan.steps) kept.push_back(step.payload.sha256);
  }
  downloads_.keep_only(kept);
}

Way Street::walk(const Goal& goal, std::vector<Notice>& notices) {
  while (true) {
    Way way = prepare(*goal.release);
    install::check_disk(session_.disk(), session_.layout(), base_manifest(), verified_,
                        way.wanted().manifest);
    check_space(session_.disk(), session_.layout(), way.need);
    const auto payloads = fetch(way);
    if (!payloads) continue;
    const auto tree = stage(way, *payloads);
    if (!tree) continue;  // Ends: each turn takes one delta or the mending out.
    notices = commit(*tree, goal, way);
    keep_for_release(goal, way);
    return way;
  }
}

}  // namespace xppkg::client
