#include "repair.hpp"

#include <memory>

#include "block_repair.hpp"
#include "disk_need.hpp"
#include "install/preflight.hpp"

namespace xppkg::client {
namespace {

/// The installed release and the signed metadata that lists its files.
struct Original {
  SignedManifest manifest;
  manifest::Catalogue catalogue;
  bool is_fetched = false;  ///< the saved manifest was not usable
};

const manifest::Release* find_installed(const manifest::Catalogue& catalogue,
                                        const install::Installed& installed) {
  const auto* same = catalogue.find(Version::parse(installed.version), installed.platform);
  if (same != nullptr && same->tree == installed.tree) return same;
  return catalogue.with_tree(installed.tree);
}

// Saved metadata is enough, so that no source is asked for more than blocks.
Original find_original(Session& session, Observer& observer) {
  const auto& installed = session.installed();
  if (!installed) throw Error(Code::usage_nothing_installed);
  try {
    return {session.installed_manifest(), session.installed_catalogue(), false};
  } catch (const Error& error) {
    observer.notice({"manifest.replaced", ".xppkg/manifest.json", error.what()});
  }
  session.read_files_of(*installed);
  Trusted trusted = session.refresh(observer);
  const auto* release = find_installed(trusted.catalogue, *installed);
  if (release == nullptr) {
    throw Error(Code::repair_unavailable, {{"version", installed->version},
                                           {"cause", "the vendor offers the release no more"}});
  }
  SignedManifest manifest =
      session.fetch_manifest(trusted, release->manifest, release->tree, observer);
  session.keep_proof(installed->tree);
  return {std::move(manifest), std::move(trusted.catalogue), true};
}

class Repair {
 public:
  Repair(Session& session, const Original& original, Observer& observer)
      : session_(session),
        original_(original),
        release_(original.manifest.manifest),
        observer_(observer),
        contents_(session.disk(), session.layout()),
        stager_(session.disk(), session.layout(), contents_, observer) {}

  RepairResult run() {
    const auto verified = install::verify_folder(session_.disk(), session_.layout(), release_,
                                                 install::Depth::full, observer_);
    contents_.add_sound_files(verified);
    contents_.add_pristine();
    result_.version = session_.installed()->version;
    if (is_whole(verified)) {
      session_.keep_times(release_.tree, verified);
      return std::move(result_);
    }
    for (const install::Difference& difference : verified.differences) {
      if (!difference.is_damage()) continue;
      result_.repaired.push_back({difference.path, difference.finding, /*is_damage=*/true});
    }
    repair(verified);
    return std::move(result_);
  }

 private:
  /// True if a commit would change nothing. People are told of kept files even so.
  bool is_whole(const install::Verified& verified) {
    if (verified.damaged() || original_.is_fetched || !stager_.lacking(release_).empty()) {
      return false;
    }
    install::Changes changes = install::find_changes(session_.disk(), session_.layout(), &release_,
                                                     release_, install::LayBeside::always);
    if (!changes.empty()) return false;
    result_.notices = std::move(changes.notices);
    return true;
  }

  void check_disk(const install::Verified& verified, std::uint64_t download) {
    install::check_disk(session_.disk(), session_.layout(), &release_, verified, release_);
    check_space(session_.disk(), session_.layout(),
                disk_need({&release_, &verified, stager_.lacking(release_), /*repairs=*/true},
                          {&original_.manifest, 1}, download));
  }

  /// Fails for a disk without room before the sources are asked for the size of the download; the
  /// download is counted as nothing here.
  void check_disk_before_asking(const install::Verified& verified) {
    try {
      check_disk(verified, /*download=*/0);
    } catch (const Error& error) {
      if (error.code() != Code::space_insufficient) throw;
      check_disk(verified, BlockRepair::size_of_package(release_, original_.catalogue));
      throw;
    }
  }

  // Nothing is staged before all is here.
  void repair(const install::Verified& verified) {
    const auto lacking = stager_.lacking(release_);
    std::unique_ptr<BlockRepair> block_repair;
    check_disk_before_asking(verified);
    if (!lacking.empty()) {
      if (!original_.is_fetched) session_.read_files_of(*session_.installed());
      block_repair =
          std::make_unique<BlockRepair>(session_, release_, original_.catalogue, observer_);
      check_disk(verified, block_repair->bytes_for(lacking));
      block_repair->fetch(lacking);
    }
    stager_.begin();
    if (block_repair) {
      block_repair->repair(stager_, lacking);
      result_.downloaded = block_repair->fetched();
    }
    const install::VerifiedTree tree = stager_.finish(release_);
    install::FolderTransaction transaction(session_.disk(), session_.layout(), observer_);
    transaction.set_wait(session_.wait());
    result_.notices = transaction.commit(tree, &release_, *session_.installed(),
                                         original_.manifest.bytes, install::LayBeside::always);
    result_.changed = true;
  }

  Session& session_;
  const Original& original_;
  const manifest::Manifest& release_;
  Observer& observer_;
  install::ContentStore contents_;
  install::Stager stager_;
  RepairResult result_;
};

}  // namespace

RepairResult repair_installed(Session& session, Observer& observer) {
  const Original original = find_original(session, observer);
  try {
    return Repair(session, original, observer).run();
  } catch (const Error&) {
    session.clear_staging();
    throw;
  }
}

}  // namespace xppkg::client
