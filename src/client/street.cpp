#include "street.hpp"

#include "fs/files.hpp"
#include "install/preflight.hpp"

namespace xppkg::client {
namespace {

source::Wanted to_download(const manifest::TargetFile& file, const manifest::Payload& payload) {
  source::Wanted wanted{target_path(file), file.size, file.sha256, {}};
  for (const manifest::Block& block : payload.blocks) {
    wanted.blocks.push_back({block.size, block.digest});
  }
  return wanted;
}

}  // namespace

Street::Street(Session& session, const Trusted& trusted, Observer& observer)
    : session_(session),
      trusted_(trusted),
      observer_(observer),
      downloads_(session.disk(), session.layout().downloads()),
      refused_(session.disk(), session.layout()),
      contents_(session.disk(), session.layout()) {}

void Street::look_at_base(install::Depth depth) {
  if (!session_.installed()) return;
  installed_ = find_installed_manifest();
  if (!installed_) return;
  verified_ = install::verify_folder(session_.disk(), session_.layout(), installed_->manifest,
                                     depth, observer_);
  base_ = plan::Base{installed_->manifest.version.text(), installed_->manifest.tree,
                     verified_.damaged()};
}

// A damaged manifest is no dead end: the source has it too. Without it the folder is taken as one
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
  return plan::make_plan(trusted_.catalogue, request);
}

Way Street::prepare(const manifest::Release& release) {
  Way way{plan(release), {}, 0};
  for (const plan::Step& step : way.plan.steps) {
    way.manifests.push_back(session_.fetch_manifest(trusted_, step.manifest, step.tree, observer_));
  }
  // The wanted release stands last, also where another one has the same contents.
  if (way.plan.steps.empty() || way.plan.steps.back().manifest.path != release.manifest.path) {
    way.manifests.push_back(
        session_.fetch_manifest(trusted_, release.manifest, release.tree, observer_));
  }
  const bool is_whole = installed_ && !base_->damaged;
  way.need = disk_need(is_whole ? base_manifest() : nullptr, way.manifests, way.plan.bytes);
  return way;
}

std::vector<fs::Path> Street::fetch(const Way& way) {
  std::vector<source::Source*> sources;
  for (const auto& source : session_.sources()) sources.push_back(source.get());
  std::vector<fs::Path> payloads;
  for (std::size_t i = 0; i < way.plan.steps.size(); ++i) {
    const manifest::TargetFile& file = way.plan.steps[i].payload;
    const manifest::Payload* payload = way.manifests[i].manifest.payload(file.path);
    if (payload == nullptr || payload->size() != file.size) {
      throw Error(Code::trust_malformed,
                  {{"path", file.path}, {"reason", "the manifest does not describe it"}});
    }
    const source::Wanted wanted = to_download(file, *payload);
    const std::uint64_t before = downloads_.present(wanted);
    payloads.push_back(downloads_.fetch(wanted, sources, observer_));
    downloaded_ += file.size - before;
  }
  return payloads;
}

std::optional<install::VerifiedTree> Street::stage(const Way& way,
                                                   const std::vector<fs::Path>& payloads) {
  install::Stager stager(session_.disk(), session_.layout(), contents_, observer_);
  stager.begin();
  const manifest::Manifest* base = base_manifest();
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const plan::Step& step = way.plan.steps[i];
    const manifest::Manifest& made = way.manifests[i].manifest;
    try {
      stager.apply(step.is_full ? nullptr : base, made, payloads[i]);
    } catch (const Error& error) {
      const bool is_the_deltas_fault = error.code() == Code::corrupt_payload ||
                                       error.code() == Code::mismatch_base ||
                                       error.code() == Code::limit_exceeded;
      if (step.is_full || !is_the_deltas_fault) throw;
      refused_.add(step.base, step.payload.sha256);
      observer_.notice({"delta.refused", step.payload.path, error.what()});
      return std::nullopt;
    }
    base = &made;
  }
  return stager.finish(way.wanted().manifest);
}

std::vector<Notice> Street::commit(const install::VerifiedTree& tree, const Goal& goal,
                                   const Way& way) {
  const manifest::Manifest& wanted = way.wanted().manifest;
  const install::Installed next{wanted.package, wanted.version.text(), wanted.platform, wanted.tree,
                                session_.now(), goal.on_purpose,       goal.decision};
  session_.keep_proof(wanted.tree);
  install::Transaction transaction(session_.disk(), session_.layout(), observer_);
  transaction.set_wait(session_.wait());
  auto notices = transaction.commit(tree, base_manifest(), next, way.wanted().bytes);
  session_.drop_other_proofs(wanted.tree);
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

Way Street::walk(const Goal& goal, std::vector<Notice>& notices) {
  while (true) {
    Way way = prepare(*goal.release);
    install::check_disk(session_.disk(), session_.layout(), base_manifest(), verified_,
                        way.wanted().manifest);
    check_space(session_.disk(), session_.layout(), way.need);
    const std::vector<fs::Path> payloads = fetch(way);
    const auto tree = stage(way, payloads);
    if (!tree) continue;  // Ends: each turn takes one delta out, and full packages are not refused.
    notices = commit(*tree, goal, way);
    downloads_.keep_only({});
    return way;
  }
}

}  // namespace xppkg::client
