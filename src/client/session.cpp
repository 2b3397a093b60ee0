#include "session.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

#include "displaced.hpp"
#include "folder_disk.hpp"
#include "folder_trust.hpp"
#include "fs/files.hpp"
#include "install/state_kinds.hpp"
#include "proof_store.hpp"
#include "source/pause.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxManifest = manifest::kMaxBytes;
/// How long a run that has downloaded waits for others in the folder: a full verification takes
/// minutes, and downloads are kept anyway.
constexpr std::chrono::seconds kWaitForOthers{60};
constexpr std::chrono::seconds kSilentWait{2};

/// Without the rights of a class that may not write.
std::uint32_t for_writers(std::uint32_t mode) {
  constexpr std::uint32_t kWrite = 02;
  for (const int shift : {3, 0}) {
    if ((mode >> shift & kWrite) == 0) mode &= ~(07u << shift);
  }
  return mode;
}

/// The observer of calls that have none.
Observer& nobody() {
  static Observer observer;
  return observer;
}

}  // namespace

std::string source_path(const manifest::TargetFile& file) {
  const std::size_t slash = file.path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return "targets/" + file.path.substr(0, name) + file.sha256.hex() + "." + file.path.substr(name);
}

source::RemoteFile to_download(const manifest::TargetFile& file, const manifest::Payload& payload) {
  return {source_path(file), file.size, file.sha256, payload.blocks};
}

source::RemoteFile remote_payload(const manifest::Manifest& manifest,
                                  const manifest::TargetFile& file) {
  const manifest::Payload* payload = manifest.payload(file.path);
  if (payload == nullptr || payload->size() != file.size) {
    throw Error(Code::trust_malformed,
                {{"path", file.path}, {"reason", "the manifest does not describe it"}});
  }
  return to_download(file, *payload);
}

Session::Session(const std::string& folder, Access access) : Session(folder, access, nobody()) {}

Session::Session(const std::string& folder, Access access, Observer& observer)
    : Session(trusted_layout(folder), access, observer) {}

Session::Session(const install::Layout& layout, Access access, Observer& observer)
    : Session(std::make_unique<FolderDisk>(layout), layout, access, observer) {}

Session::Session(std::unique_ptr<fs::FileSystem> disk, const install::Layout& layout, Access access,
                 Observer& observer)
    : Session(*disk, layout, access, observer) {
  own_disk_ = std::move(disk);
}

Session::Session(fs::FileSystem& disk, install::Layout layout, Access access, Observer& observer)
    : disk_(disk),
      layout_(std::move(layout)),
      config_(load_config(disk_, layout_)),
      access_(access),
      now_(std::time(nullptr)),
      site_(disk_, layout_, config_, now_),
      authors_disk_(disk_, config_.authors) {
  check_named_files(config_);
  if (access != Access::look) lock_and_recover(access, observer);
  installed_ = install::load_installed(disk_, layout_);
  if (recovery_ != Recovery::nothing) {
    note({now_, "recover", "", installed_ ? installed_->version : "", std::string(id(recovery_)),
          0});
  }
}

Error Session::no_rights() const {
  Error error(Code::rights_denied, {{"folder", fs::to_utf8(layout_.root)}});
  const std::string owner = disk_.owner(layout_.root);
  if (!owner.empty()) error.with("owner", owner);
  return error;
}

void Session::lock_and_recover(Access access, Observer& observer) {
  may_write_ = disk_.may_write(layout_.root) && disk_.may_write(layout_.state());
  if (!may_write_) {
    if (access == Access::read && !install::is_broken_off(disk_, layout_)) return;
    if (is_committing()) throw locked_out(layout_.in_use());
    throw no_rights();
  }
  const bool changes = access == Access::write || install::is_broken_off(disk_, layout_);
  if (changes) install::check_kinds(disk_, layout_);
  try {
    lock_ = try_lock(layout_.lock());
  } catch (const Error& error) {
    // The lock alone is not his, as after a restored backup: who only looks does without it.
    if (error.code() != Code::rights_denied || changes) throw;
    may_write_ = false;
    return;
  }
  if (!lock_) throw locked_out(layout_.lock());
  recovery_ = recover(observer);
}

/// True while somebody replaces the release: who may not write waits for its end like a program.
bool Session::is_committing() {
  try {
    return install::is_broken_off(disk_, layout_) && disk_.stat(layout_.in_use()) &&
           !disk_.try_share_lock(layout_.in_use());
  } catch (const Error&) {
    return false;
  }
}

Recovery Session::recover(Observer& observer) {
  std::vector<Notice> notices;
  const Recovery recovery = install::recover(disk_, layout_, notices);
  for (const Notice& notice : notices) observer.notice(notice);
  return recovery;
}

/// An administrator may have opened the whole folder to readers: who cannot write a lock's file is
/// not to open it, as he could lock it as well.
std::unique_ptr<fs::Lock> Session::try_lock(const fs::Path& file) {
  const auto found = disk_.stat(file);
  const std::uint32_t mode = found ? for_writers(found->mode) : 0;
  if (found && mode != found->mode) {
    try {
      disk_.set_mode(file, mode);
    } catch (const Error&) {
      // Another user's: his next run does it.
    }
  }
  return disk_.try_lock(file);
}

Error Session::locked_out(const fs::Path& lock) const {
  return fs::with_holders(Error(Code::locked_other_run, {{"folder", fs::to_utf8(layout_.root)}}),
                          disk_, lock);
}

void Session::let_go() {
  if (!fetch_lock_) fetch_lock_ = try_lock(layout_.fetching());
  if (!fetch_lock_) {
    if (access_ == Access::write) throw locked_out(layout_.fetching());
    may_write_ = false;
  }
  lock_.reset();
}

void Session::take_again(Observer& observer) {
  if (!may_write_) return;
  const auto begin = std::chrono::steady_clock::now();
  bool is_told = false;
  while (!(lock_ = try_lock(layout_.lock()))) {
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited > kWaitForOthers) throw locked_out(layout_.lock());
    if (waited > kSilentWait && !std::exchange(is_told, true)) {
      observer.notice(
          {"use.waiting", fs::to_utf8(layout_.root), fs::to_text(disk_.holders(layout_.lock()))});
    }
    source::pause(std::chrono::milliseconds(50), observer);
  }
  const Recovery recovery = recover(observer);
  const auto before = std::exchange(installed_, install::load_installed(disk_, layout_));
  const auto tree = [](const std::optional<install::Installed>& state) {
    return state ? std::optional(state->tree) : std::nullopt;
  };
  // Starts may have been counted, and an answer noted: that is as it should be.
  if (recovery == Recovery::nothing && tree(installed_) == tree(before)) return;
  throw Error(Code::locked_other_run, {{"folder", fs::to_utf8(layout_.root)},
                                       {"reason", "another run has changed it meanwhile"}});
}

/// After a failure, which is reported: who does not get the lock notes nothing.
void Session::take_again_if_free() {
  if (lock_ || !may_write_) return;
  try {
    lock_ = try_lock(layout_.lock());
  } catch (const Error&) {
    // The same.
  }
  may_write_ = lock_ != nullptr;
}

void Session::hold(Observer& observer) {
  if (lock_) return;
  if (!fetch_lock_) throw locked_out(layout_.fetching());
  may_write_ = true;
  take_again(observer);
}

std::vector<std::unique_ptr<source::Source>>& Session::sources() {
  if (!sources_.empty()) return sources_;
  source::HttpOptions options;
  options.proxy = config_.proxy;
  options.ca_file = config_.ca_file;
  for (const std::string& url : config_.sources) {
    sources_.push_back(source::open_when_asked(url, options, authors_disk_));
  }
  return sources_;
}

void Session::read_files_of(std::uint64_t decision) {
  auto& all = sources();
  all.insert(all.begin(), site_.files_of(decision));
}

void Session::read_files_of(const install::Installed& release) {
  if (!site_.is_configured() || release.decision == 0) return;
  try {
    read_files_of(release.decision);
  } catch (const Error&) {
    // The other sources may have them.
  }
}

void Session::follow(std::uint64_t decision) {
  read_files_of(decision);
  for (const auto& file : site_.database().files(config_.package, decision)) {
    site_files_.insert(file.path);
  }
}

bool Session::site_has(const manifest::TargetFile& file) const {
  return site_files_.contains(source_path(file));
}

SavedRepository Session::saved_repository() const {
  return load_saved_repository(disk_, layout_, config_, Times(now_));
}

Trusted Session::refresh(Observer& observer, const std::optional<site::Decision>& decision) {
  return without_lock(observer, [&] {
    MetadataStore store(disk_, layout_, config_);
    if (!decision) return store.refresh(sources(), Times(now_), may_write_, observer);
    const Times times = Times::as_of(decision->at, now_);
    return store.refresh_as_of(sources(), times, may_write_, observer);
  });
}

trust::OfflineProof Session::proof_of(const Blake2b& tree) const {
  const auto saved = ProofStore(disk_, layout_).load(tree);
  return {saved ? *saved : MetadataStore(disk_, layout_, config_).newest_proof(), config_.package};
}

manifest::Catalogue Session::installed_catalogue() {
  if (!installed_) throw Error(Code::usage_nothing_installed);
  return manifest::read_catalogue(config_.package, proof_of(installed_->tree).role());
}

manifest::Catalogue Session::saved_catalogue() const {
  // The newest that is saved, not what proved the release when it was installed.
  const trust::OfflineProof proof(MetadataStore(disk_, layout_, config_).newest_proof(),
                                  config_.package);
  return manifest::read_catalogue(config_.package, proof.role());
}

SignedManifest Session::installed_manifest() {
  if (!installed_) throw Error(Code::usage_nothing_installed);
  if (!disk_.stat(layout_.manifest())) {
    throw Error(Code::corrupt_state, {{"file", "manifest.json"}, {"reason", "missing"}});
  }
  return proved(fs::read_file(disk_, layout_.manifest(), kMaxManifest), installed_->tree);
}

SignedManifest Session::kept_manifest(const install::KeptRelease& release) {
  return proved(install::KeptReleases(disk_, layout_).manifest(release), release.installed.tree);
}

SignedManifest Session::proved(Bytes bytes, const Blake2b& tree) const {
  SignedManifest found{manifest::parse(proof_of(tree).verify(bytes)), std::move(bytes)};
  if (found.manifest.tree != tree || found.manifest.package != config_.package) {
    throw Error(Code::corrupt_state,
                {{"file", "manifest.json"}, {"reason", "it is another release's"}});
  }
  return found;
}

SignedManifest Session::fetch_manifest(const Trusted& trusted, const manifest::TargetFile& file,
                                       const Blake2b& tree, Observer& observer) {
  if (file.size > kMaxManifest) throw Error(Code::limit_exceeded, {{"path", file.path}});
  return without_lock(observer, [&] { return fetch_manifest_now(trusted, file, tree, observer); });
}

SignedManifest Session::fetch_manifest_now(const Trusted& trusted, const manifest::TargetFile& file,
                                           const Blake2b& tree, Observer& observer) {
  std::optional<Error> last;
  const auto order = source::in_order(sources());
  for (source::Source* source : order) {
    try {
      observer.progress({Stage::check, file.path, 0, 0});
      auto bytes = source->read(source_path(file), file.size, observer);
      if (!bytes) throw source::missing_file(*source, file.path);
      auto parsed = manifest::parse(trusted.set.verify_target(config_.package, file.path, *bytes));
      if (parsed.tree != tree || parsed.package != config_.package) {
        throw Error(Code::trust_malformed,
                    {{"path", file.path}, {"reason", "it is another release's manifest"}});
      }
      return {std::move(parsed), std::move(*bytes)};
    } catch (const Error& error) {
      if (error.code() == Code::cancelled) throw;
      last = error;
      if (last->fact("source").empty()) last->with("source", source->address());
      if (source != order.back()) {
        observer.notice({"source.skipped", source->address(), error.what()});
      }
    }
  }
  throw *last;
}

void Session::keep_proof(const Blake2b& tree) {
  ProofStore(disk_, layout_).save(tree, MetadataStore(disk_, layout_, config_).newest_proof());
}

std::vector<Notice> Session::commit(const install::VerifiedTree& tree,
                                    const manifest::Manifest* installed,
                                    const install::Installed& next, ByteView signed_manifest,
                                    Observer& observer) {
  install::FolderTransaction transaction(disk_, layout_, observer);
  transaction.set_wait(wait_);
  auto notices = transaction.commit(tree, installed, next, signed_manifest);
  if (installed_ && Version::parse(next.version) < Version::parse(installed_->version)) {
    std::ranges::move(find_displaced(disk_, layout_, installed_->version),
                      std::back_inserter(notices));
  }
  drop_obsolete(next.tree);
  return notices;
}

void Session::drop_obsolete(const Blake2b& tree) {
  try {
    install::KeptReleases kept(disk_, layout_);
    kept.prune({config_.keep_releases, config_.keep_bytes}, tree);
    std::vector<Blake2b> trees{tree};
    for (const auto& release : kept.list()) trees.push_back(release.installed.tree);
    ProofStore(disk_, layout_).keep_only(trees);
  } catch (const Error&) {
    // The release is in; the next commit drops them.
  }
}

void Session::keep_times(const Blake2b& tree, const install::Verified& verified) {
  if (!may_write_ || !verified.times_are_news) return;
  try {
    install::save_file_times(disk_, layout_, tree, verified.times);
  } catch (const Error&) {
    // Then the next look hashes what this one did.
  }
}

void Session::clear_staging() {
  try {
    if (lock_ && !install::is_broken_off(disk_, layout_)) fs::remove_tree(disk_, layout_.staging());
  } catch (const Error&) {
    // The failure itself is reported; the next start clears it away.
  }
}

void Session::note(const install::HistoryEntry& entry) {
  if (!may_write_) return;
  try {
    install::append_history(disk_, layout_, entry);
  } catch (const Error&) {
    // A run reports how it ended, not that its history could not be written.
  }
}

void Session::report(const std::string& result) {
  try {
    site_.report(install::load_installed(disk_, layout_), result, now_);
  } catch (const Error&) {
    // Calls that need the state have reported its damage.
  }
}

void Session::note_decision(std::uint64_t decision) {
  if (decision == 0 || !installed_ || installed_->decision == decision) return;
  installed_->decision = decision;
  installed_->is_pilot = false;
  save_installed();
}

void Session::note_release(const std::string& version, std::uint64_t decision) {
  if (!may_write_ || !installed_ || installed_->version != version) return;
  note_decision(decision);
  source::DownloadStore(disk_, layout_.downloads()).keep_only({});
}

void Session::note_start() {
  ++installed_->starts;
  save_installed();
}

bool Session::confirm() {
  if (!installed_) throw Error(Code::usage_nothing_installed);
  if (installed_->confirmed) return false;
  if (!may_write_) throw no_rights();
  installed_->confirmed = true;
  installed_->starts = 0;
  save_installed();
  return true;
}

void Session::save_installed() {
  fs::write_file_atomically(disk_, layout_.installed(),
                            as_bytes(install::write_installed(*installed_)));
}

}  // namespace xppkg::client
