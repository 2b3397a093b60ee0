#include "update_pipeline.hpp"

#include <algorithm>

#include "fs/files.hpp"
#include "install/kept_releases.hpp"
#include "install/preflight.hpp"
#include "rolled_back.hpp"

namespace xppkg::client {

UpdatePipeline::UpdatePipeline(Session& session, const Trusted& trusted, Observer& observer)
    : session_(session),
      trusted_(trusted),
      observer_(observer),
      downloads_(session.disk(), session.layout().downloads()),
      refused_(session.disk(), session.layout()),
      contents_(session.disk(), session.layout()) {}

void UpdatePipeline::verify_base(install::Depth depth) {
  if (!session_.installed()) return;
  if (!installed_) installed_ = find_installed_manifest();
  if (!installed_) return;
  verified_ = install::verify_folder(session_.disk(), session_.layout(), installed_->manifest,
                                     depth, observer_);
  session_.keep_times(installed_->manifest.tree, verified_);
  base_ = plan::InstalledBase{installed_->manifest.version.text(), installed_->manifest.tree,
                              verified_.damaged(), bytes_to_repair()};
}

// Nothing: lost bytes cannot be fetched. Pristine config files are only looked for by name: a user
// who may not write the folder may not read them.
std::optional<std::uint64_t> UpdatePipeline::bytes_to_repair() {
  lost_ = verified_.lost;
  std::erase_if(lost_, [&](const Blake2b& digest) {
    return session_.disk().stat(session_.layout().pristine() / digest.hex()).has_value();
  });
  if (lost_.empty()) return 0;
  if (repair_failed_) return std::nullopt;
  try {
    return block_repair().bytes_for(lost_);
  } catch (const Error& error) {
    cannot_repair(error);
    return std::nullopt;
  }
}

BlockRepair& UpdatePipeline::block_repair() {
  if (!block_repair_) {
    block_repair_ = std::make_unique<BlockRepair>(session_, installed_->manifest,
                                                  trusted_.catalogue, observer_);
  }
  return *block_repair_;
}

// The full package of the wanted release is then the way.
void UpdatePipeline::cannot_repair(const Error& error) {
  if (!BlockRepair::is_told_by(error.code())) throw Error(error);
  repair_failed_ = true;
  observer_.notice({"base.not-mended", installed_->manifest.version.text(), error.what()});
}

// A damaged manifest is no dead end: the source has it too. A folder without it is taken as one
// where nothing is installed; files that are in the way are then kept aside.
std::optional<SignedManifest> UpdatePipeline::find_installed_manifest() {
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

plan::Plan UpdatePipeline::plan(const manifest::Release& release) const {
  plan::Request request;
  request.base = base_;
  request.wanted = &release;
  request.present = [this](const manifest::TargetFile& file) {
    return downloads_.present({source_path(file), file.size, file.sha256, {}});
  };
  request.refused = [this](const manifest::Delta& delta) { return refused_.contains(delta); };
  manifest::Catalogue reachable = trusted_.catalogue;
  std::erase_if(reachable.deltas,
                [&](const manifest::Delta& delta) { return is_out_of_reach(delta, release); });
  return plan::make_plan(reachable, request);
}

// A release that was left before may be here still, as for a rollback.
std::optional<SignedManifest> UpdatePipeline::find_kept(const manifest::Release& release) {
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
std::set<Blake2b> UpdatePipeline::needed_for(const manifest::Manifest& wanted) const {
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

PreparedPlan UpdatePipeline::prepare(const manifest::Release& release) {
  PreparedPlan prepared{plan(release), {}, 0};
  if (auto kept = prepared.plan.bytes > 0 ? find_kept(release) : std::nullopt) {
    prepared.plan.steps.clear();
    prepared.plan.bytes = 0;
    prepared.plan.repair_bytes = 0;
    prepared.plan.reason = PlanReason::kept;
    prepared.manifests.push_back(std::move(*kept));
    prepared.need = disk_need({base_manifest(), &verified_, lost_, /*repairs=*/false},
                              prepared.manifests, prepared.plan.bytes);
    return prepared;
  }
  for (const plan::Step& step : prepared.plan.steps) {
    prepared.manifests.push_back(
        session_.fetch_manifest(trusted_, step.manifest, step.tree, observer_));
  }
  // The wanted release stands last, also where another one has the same contents.
  if (prepared.plan.steps.empty() ||
      prepared.plan.steps.back().manifest.path != release.manifest.path) {
    prepared.manifests.push_back(
        session_.fetch_manifest(trusted_, release.manifest, release.tree, observer_));
  }
  const bool repairs = prepared.plan.reason == PlanReason::repaired_base;
  prepared.need = disk_need({base_manifest(), &verified_, lost_, repairs}, prepared.manifests,
                            prepared.plan.bytes);
  return prepared;
}

// A workstation that follows its site uses the files at hand, rather than ask the internet.
bool UpdatePipeline::is_out_of_reach(const manifest::Delta& delta,
                                     const manifest::Release& wanted) const {
  if (missing_.contains(delta.file.path)) return true;
  return wanted.full && session_.site_has(*wanted.full) && !session_.site_has(delta.file);
}

template <typename Work>
bool UpdatePipeline::repairs(const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    cannot_repair(error);
    base_->repair_bytes = std::nullopt;
    return false;
  }
}

std::optional<std::vector<fs::Path>> UpdatePipeline::fetch(const PreparedPlan& prepared) {
  std::vector<fs::Path> payloads;
  for (std::size_t i = 0; i < prepared.plan.steps.size(); ++i) {
    const plan::Step& step = prepared.plan.steps[i];
    try {
      payloads.push_back(fetch(step, prepared.manifests[i].manifest));
    } catch (const Error& error) {
      // Somebody removed it since it was listed. The full package is not worth less for that.
      const bool is_missing =
          error.code() == Code::notfound_file || error.code() == Code::transport_not_ours ||
          (session_.site_has(step.payload) && info(error.code()).category == Category::source);
      if (step.is_full || !is_missing) throw;
      missing_.insert(step.payload.path);
      observer_.notice({"delta.missing", step.payload.path, error.what()});
      return std::nullopt;
    }
  }
  const auto lacking = to_be_repaired(prepared, payloads);
  if (lacking.empty()) return payloads;
  return repairs([&] { block_repair().fetch(lacking); }) ? std::optional(payloads) : std::nullopt;
}

// The first step leaves as they are the files of the base that a later one needs.
std::set<Blake2b> UpdatePipeline::to_be_repaired(const PreparedPlan& prepared,
                                                 const std::vector<fs::Path>& payloads) {
  const install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
  if (repair_failed_) return {};
  std::set<Blake2b> lacking;
  if (payloads.empty()) {
    lacking = stager.lacking(prepared.wanted().manifest);
  } else if (!prepared.plan.steps.front().is_full) {
    try {
      lacking =
          stager.lacking(*base_manifest(), prepared.manifests.front().manifest, payloads.front());
    } catch (const Error&) {
      return {};  // Then the delta is refused where it is applied.
    }
  }
  return base_has(lacking) ? lacking : std::set<Blake2b>();
}

fs::Path UpdatePipeline::fetch(const plan::Step& step, const manifest::Manifest& manifest) {
  const source::RemoteFile wanted = remote_payload(manifest, step.payload);
  std::vector<source::Source*> sources;
  for (const auto& source : session_.sources()) sources.push_back(source.get());
  const std::uint64_t before = downloads_.present(wanted);
  fs::Path path = session_.without_lock(
      observer_, [&] { return downloads_.fetch(wanted, sources, observer_); });
  downloaded_ += wanted.size - before;
  return path;
}

std::optional<install::VerifiedTree> UpdatePipeline::stage(const PreparedPlan& prepared,
                                                           const std::vector<fs::Path>& payloads) {
  session_.hold(observer_);
  install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
  stager.begin();
  const manifest::Manifest* base = base_manifest();
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const manifest::Manifest& target = prepared.manifests[i].manifest;
    if (!apply(stager, prepared.plan.steps[i], base, target, payloads[i])) return std::nullopt;
    base = &target;
  }
  const manifest::Manifest& wanted = prepared.wanted().manifest;
  if (!repair(stager, stager.lacking(wanted))) return std::nullopt;
  return stager.finish(wanted);
}

bool UpdatePipeline::apply(install::Stager& stager, const plan::Step& step,
                           const manifest::Manifest* base, const manifest::Manifest& target,
                           const fs::Path& payload) {
  if (step.is_full) {
    stager.apply(nullptr, target, payload);
    return true;
  }
  try {
    if (!repair(stager, stager.lacking(*base, target, payload))) return false;
    stager.apply(base, target, payload);
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

bool UpdatePipeline::base_has(std::set<Blake2b> contents) const {
  if (!installed_) return false;
  for (const Entry& entry : installed_->manifest.entries) contents.erase(entry.digest);
  return contents.empty();
}

bool UpdatePipeline::repair(install::Stager& stager, const std::set<Blake2b>& lacking) {
  // The delta is at fault where the base never had these bytes.
  if (lacking.empty() || repair_failed_ || !base_has(lacking)) return true;
  return repairs([&] { block_repair().repair(stager, lacking); });
}

std::vector<Notice> UpdatePipeline::commit(const install::VerifiedTree& tree, const Goal& goal,
                                           const PreparedPlan& prepared) {
  const manifest::Manifest& wanted = prepared.wanted().manifest;
  install::Installed next{wanted.package, wanted.version.text(), wanted.platform, wanted.tree,
                          session_.now(), goal.is_pilot,         goal.decision};
  // A first release has nothing to go back to.
  next.confirmed = session_.config().confirm_starts == 0 || !session_.installed();
  session_.keep_proof(wanted.tree);
  auto notices = session_.commit(tree, base_manifest(), next, prepared.wanted().bytes, observer_);
  forget_rolled_back(session_.disk(), session_.layout(), wanted.tree);
  return notices;
}

PreparedPlan UpdatePipeline::prepare_with_space(const manifest::Release& release) {
  PreparedPlan prepared = prepare(release);
  install::check_disk(session_.disk(), session_.layout(), base_manifest(), verified_,
                      prepared.wanted().manifest);
  check_space(session_.disk(), session_.layout(), prepared.need);
  return prepared;
}

PreparedPlan UpdatePipeline::download(const manifest::Release& release) {
  contents_.add_sound_files(verified_);
  contents_.add_pristine();
  while (true) {
    PreparedPlan prepared = prepare_with_space(release);
    if (fetch(prepared)) return prepared;  // Else as in try_plans: this ends.
  }
}

PreparedPlan UpdatePipeline::run(const Goal& goal, std::vector<Notice>& notices) {
  contents_.add_sound_files(verified_);
  contents_.add_pristine();
  try {
    return try_plans(goal, notices);
  } catch (const Error&) {
    session_.clear_staging();
    throw;
  }
}

// A release for all needs the files that a pilot has downloaded.
void UpdatePipeline::keep_for_release(const Goal& goal, const PreparedPlan& prepared) {
  std::vector<Sha256> kept;
  if (goal.is_pilot && session_.site().is_configured()) {
    for (const plan::Step& step : prepared.plan.steps) kept.push_back(step.payload.sha256);
  }
  downloads_.keep_only(kept);
}

PreparedPlan UpdatePipeline::try_plans(const Goal& goal, std::vector<Notice>& notices) {
  while (true) {
    PreparedPlan prepared = prepare_with_space(*goal.release);
    const auto payloads = fetch(prepared);
    if (!payloads) continue;
    const auto tree = stage(prepared, *payloads);
    if (!tree) continue;  // Ends: each turn takes one delta or the repair out.
    notices = commit(*tree, goal, prepared);
    keep_for_release(goal, prepared);
    return prepared;
  }
}

}  // namespace xppkg::client
