#pragma once

#include <set>

#include "block_repair.hpp"
#include "disk_need.hpp"
#include "follow.hpp"
#include "plan/planner.hpp"
#include "refused_deltas.hpp"
#include "source/download.hpp"

namespace xppkg::client {

/// A plan with everything that was needed to know its cost.
struct PreparedPlan {
  plan::Plan plan;
  std::vector<SignedManifest> manifests;  ///< of each step, and the wanted release's last
  DiskNeed need;

  [[nodiscard]] const SignedManifest& wanted() const { return manifests.back(); }
};

/// The steps of an update: verify the base, plan, fetch, stage, commit. Each takes what the step
/// before made. A damaged base is repaired while it is staged, where that is smaller.
class UpdatePipeline {
 public:
  UpdatePipeline(Session& session, const Trusted& trusted, Observer& observer);

  /// Verifies the installed release. `depth` says how closely the base is checked for damage. Asks
  /// the sources only if something is damaged.
  void verify_base(install::Depth depth);
  /// The cheapest way to a release from the installed one.
  [[nodiscard]] plan::Plan plan(const manifest::Release& release) const;
  /// The same, with the manifest of each step fetched. No step is needed if all its files are here
  /// still (Reason::kept).
  PreparedPlan prepare(const manifest::Release& release);
  /// Fetches what an update from a base that was verified in full needs, and changes nothing that
  /// is installed. Returns the plan that it is for.
  PreparedPlan download(const manifest::Release& release);
  /// Updates from a base that was verified in full. A delta that fails is remembered and the
  /// plan is made anew, with the full package at the latest. Returns the plan that worked.
  PreparedPlan run(const Goal& goal, std::vector<Notice>& notices);

  /// To be called where the saved manifest of the installed release was not usable: a commit writes
  /// it anew.
  [[nodiscard]] bool manifest_is_lost() const { return manifest_is_lost_; }
  /// Bytes of payload that this object has downloaded.
  [[nodiscard]] std::uint64_t downloaded() const {
    return downloaded_ + (block_repair_ ? block_repair_->fetched() : 0);
  }

 private:
  std::optional<SignedManifest> find_installed_manifest();
  /// The manifest of a kept release of which nothing is missing or damaged.
  std::optional<SignedManifest> find_kept(const manifest::Release& release);
  [[nodiscard]] std::set<Blake2b> needed_for(const manifest::Manifest& wanted) const;
  std::optional<std::uint64_t> bytes_to_repair();
  BlockRepair& block_repair();
  void cannot_repair(const Error& error);
  /// A plan for whose files there is room.
  PreparedPlan prepare_with_space(const manifest::Release& release);
  PreparedPlan try_plans(const Goal& goal, std::vector<Notice>& notices);
  [[nodiscard]] const manifest::Manifest* base_manifest() const {
    return installed_ ? &installed_->manifest : nullptr;
  }
  /// Nothing: a delta, or what repairs the base, is not to be had; plan again.
  std::optional<std::vector<fs::Path>> fetch(const PreparedPlan& prepared);
  [[nodiscard]] std::set<Blake2b> to_be_repaired(const PreparedPlan& prepared,
                                                 const std::vector<fs::Path>& payloads);
  fs::Path fetch(const plan::Step& step, const manifest::Manifest& manifest);
  [[nodiscard]] bool is_out_of_reach(const manifest::Delta& delta,
                                     const manifest::Release& wanted) const;
  /// Empty: a delta was refused, or the base could not be repaired; plan again.
  std::optional<install::VerifiedTree> stage(const PreparedPlan& prepared,
                                             const std::vector<fs::Path>& payloads);
  bool apply(install::Stager& stager, const plan::Step& step, const manifest::Manifest* base,
             const manifest::Manifest& target, const fs::Path& payload);
  [[nodiscard]] bool base_has(std::set<Blake2b> contents) const;
  /// By what was fetched. False: it could not be repaired.
  bool repair(install::Stager& stager, const std::set<Blake2b>& lacking);
  /// Runs work of the block repair. False: the base cannot be repaired.
  template <typename Work>
  bool repairs(const Work& work);
  void keep_for_release(const Goal& goal, const PreparedPlan& prepared);
  std::vector<Notice> commit(const install::VerifiedTree& tree, const Goal& goal,
                             const PreparedPlan& prepared);

  Session& session_;
  const Trusted& trusted_;
  Observer& observer_;
  source::DownloadStore downloads_;
  RefusedDeltas refused_;
  std::set<std::string> missing_;  // paths of deltas that no source has
  std::optional<SignedManifest> installed_;
  std::optional<plan::InstalledBase> base_;
  install::Verified verified_;
  std::set<Blake2b> lost_;  // contents of the base that are nowhere in the folder
  std::unique_ptr<BlockRepair> block_repair_;  // of the base, once something was lost
  bool repair_failed_ = false;
  install::ContentStore contents_;
  bool manifest_is_lost_ = false;
  std::uint64_t downloaded_ = 0;
};

}  // namespace xppkg::client
