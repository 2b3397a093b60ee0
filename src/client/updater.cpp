#include "xppkg/updater.hpp"

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "base/translated.hpp"
#include "folder_disk.hpp"
#include "folder_trust.hpp"
#include "fs/files.hpp"
#include "fs/settled_call.hpp"
#include "install/state_kinds.hpp"
#include "pending.hpp"
#include "repair.hpp"
#include "rollback.hpp"
#include "run.hpp"
#include "target.hpp"

namespace xppkg {

using namespace client;

struct Updater::State {
  std::string folder;
  std::optional<std::chrono::milliseconds> wait;  ///< as set_wait said

  [[nodiscard]] std::chrono::milliseconds wait_for_programs() const {
    return wait.value_or(install::kWaitForPrograms);
  }
};

namespace {

/// The state of a database whose decision cannot be followed.
DatabaseState state_after(const Error& error) {
  switch (info(error.code()).category) {
    case Category::database_unavailable:
      return DatabaseState::unreachable;
    case Category::decision:
      return DatabaseState::refused;
    default:
      throw Error(error);
  }
}

void require_none(fs::FileSystem& disk, const install::Layout& layout) {
  if (!disk.stat(layout.config())) return;
  throw Error(Code::usage_already_initialised, {{"folder", fs::to_utf8(layout.root)}});
}

/// The nearest folder above that has an updater of its own.
std::optional<fs::Path> installation_above(const fs::Path& folder) {
  for (fs::Path above = folder; above.has_relative_path();) {
    above = above.parent_path();
    try {
      if (fs::native().stat(install::Layout{above}.config())) return above;
    } catch (const Error&) {
      return std::nullopt;  // This user may not look there.
    }
  }
  return std::nullopt;
}

}  // namespace

void Updater::init(const InitOptions& options) try {
  Observer nobody;
  init(options, nobody);
} catch (...) {
  throw_translated();
}

void Updater::init(const InitOptions& options, Observer& observer) try {
  const fs::SettledCall settled;
  const install::Layout layout = trusted_layout(options.folder);
  require_none(fs::native(), layout);
  const Config config = config_from(options);
  const Bytes root =
      fs::read_given_file(fs::native(), options.root_file, trust::Limits::root);
  fs::make_directories(fs::native(), layout.root);
  // Somebody may have been quicker, where all may write the folder above.
  check_trusted(fs::native(), layout);
  FolderDisk disk(layout);
  fs::make_directories(disk, layout.state());
  install::check_kinds(disk, layout);
  const auto lock = disk.try_lock(layout.lock());
  if (!lock) throw Error(Code::locked_other_run, {{"folder", fs::to_utf8(layout.root)}});
  require_none(disk, layout);
  install::make_in_use_file(disk, layout);
  MetadataStore(disk, layout, config).begin(root, std::time(nullptr));
  // Last: with it the folder is set up.
  save_config(disk, layout, config);
  if (const auto outer = installation_above(layout.root)) {
    observer.notice({"folder.nested", fs::to_utf8(layout.root), fs::to_utf8(*outer)});
  }
} catch (...) {
  throw_translated();
}

Updater::Updater(const std::string& folder) try : state_(std::make_unique<State>()) {
  state_->folder = folder;
  check_installation(folder);
} catch (...) {
  throw_translated();
}
Updater::~Updater() = default;
Updater::Updater(Updater&&) noexcept = default;
Updater& Updater::operator=(Updater&&) noexcept = default;

void Updater::configure(const SettingsChange& change) try {
  const fs::SettledCall settled;
  Observer nobody;
  const Session session(state_->folder, Access::write, nobody);
  save_config(session.disk(), session.layout(), changed(session.config(), change));
} catch (...) {
  throw_translated();
}

void Updater::set_wait(std::chrono::milliseconds wait) {
  state_->wait = wait;
}

void Updater::override_programs() {
  state_->wait = install::kWaitForNobody;
}

CheckResult Updater::check(Observer& observer) try {
  Session session(state_->folder, Access::read, observer);
  const Trusted trusted = session.refresh(observer);
  CheckResult result;
  result.source = trusted.source;
  if (session.installed()) result.installed = session.installed()->version;
  const Goal goal = find_goal({}, session, trusted, {ReleaseSelector::Kind::newest, ""});
  result.newest = goal.stays ? result.installed : goal.release->version.text();
  const auto& installed = session.installed();
  const bool is_here = installed && !goal.stays && installed->tree == goal.release->tree &&
                       Version::parse(installed->version) == goal.release->version;
  if (goal.stays || is_here) {
    return result;
  }
  result.newer_exists = true;
  UpdatePipeline pipeline(session, trusted, observer);
  pipeline.verify_base(install::Depth::quick);
  const PreparedPlan prepared = pipeline.prepare(*goal.release);
  result.bytes = prepared.plan.bytes;
  result.full_bytes = prepared.plan.full_bytes;
  result.notes = prepared.wanted().manifest.notes;
  return result;
} catch (...) {
  throw_translated();
}

std::vector<ReleaseItem> Updater::releases(Observer& observer) try {
  Session session(state_->folder, Access::read, observer);
  const Trusted trusted = session.refresh(observer);
  const manifest::Catalogue& catalogue = trusted.catalogue;
  const auto& installed = session.installed();
  std::vector<ReleaseItem> items;
  for (const manifest::Release& release : catalogue.releases) {
    const bool is_offered =
        catalogue.offered(release.version, session.config().platform) == &release &&
        !catalogue.is_below_min_version(release.version);
    if (!is_offered) continue;
    const bool is_installed = installed && installed->tree == release.tree &&
                              Version::parse(installed->version) == release.version;
    items.push_back({release.version.text(), release.channels,
                     release.full ? release.full->size : 0, is_installed});
  }
  std::ranges::reverse(items);
  return items;
} catch (...) {
  throw_translated();
}

PlanResult Updater::plan(const ReleaseSelector& wanted, Observer& observer) try {
  Session session(state_->folder, Access::read, observer);
  std::optional<site::Decision> decision;
  if (wanted.kind == ReleaseSelector::Kind::released) decision = read_decision(session);
  const Trusted trusted = session.refresh(observer, decision);
  const Goal goal = find_goal(decision, session, trusted, wanted);
  if (goal.release == nullptr) return nothing_to_do(session, goal);
  UpdatePipeline pipeline(session, trusted, observer);
  pipeline.verify_base(install::Depth::full);
  return to_result(session.installed(), pipeline.prepare(*goal.release),
                   goal.release->version.text());
} catch (...) {
  throw_translated();
}

ApplyResult Updater::install(const std::optional<std::string>& version, Observer& observer) try {
  Session session(state_->folder, Access::write, observer);
  session.set_wait(state_->wait_for_programs());
  ApplyResult result;
  recorded(session, "install", result, [&] {
    std::optional<site::Decision> decision;
    if (!version) decision = read_decision(session);
    const Trusted trusted = session.refresh(observer, decision);
    Goal goal = version
                    ? find_goal({}, session, trusted, {ReleaseSelector::Kind::version, *version})
                    : find_goal(decision, session, trusted, {});
    // A first installation has to begin with something, decided or not.
    if (goal.release == nullptr && !goal.stays) {
      goal = find_goal({}, session, trusted, {ReleaseSelector::Kind::newest, ""});
    }
    // A pilot tries another release than the one that he had.
    goal.is_pilot = false;
    if (session.installed() && !goal.stays &&
        Version::parse(session.installed()->version) != goal.release->version) {
      throw Error(Code::usage_already_installed, {{"installed", session.installed()->version},
                                                  {"asked for", goal.release->version.text()}});
    }
    go_to(session, trusted, goal, install::Depth::full, result, observer);
  });
  return result;
} catch (...) {
  throw_translated();
}

ApplyResult Updater::apply(const ReleaseSelector& wanted, Observer& observer) try {
  Session session(state_->folder, Access::write, observer);
  session.set_wait(state_->wait_for_programs());
  ApplyResult result;
  const auto run = [&] {
    const Target target = find_target(session, wanted, observer);
    if (target.settled) {
      result.plan = *target.settled;
      if (target.goal.stays) session.note_decision(target.goal.decision);
      return;
    }
    go_to(session, *target.trusted, target.goal, depth_for(wanted), result, observer);
  };
  try {
    recorded(session, "apply", result, run);
  } catch (const Error& error) {
    if (error.code() == Code::use_busy) save_pending(session.disk(), session.layout(), wanted);
    throw;
  }
  forget_pending(session.disk(), session.layout());
  return result;
} catch (...) {
  throw_translated();
}

ApplyResult Updater::download(const ReleaseSelector& wanted, Observer& observer) try {
  Session session(state_->folder, Access::write, observer);
  ApplyResult result;
  const Target target = find_target(session, wanted, observer);
  if (target.settled) {
    result.plan = *target.settled;
    return result;
  }
  UpdatePipeline pipeline(session, *target.trusted, observer);
  pipeline.verify_base(install::Depth::full);
  result.plan = to_result(session.installed(), pipeline.download(*target.goal.release),
                          target.goal.release->version.text());
  result.downloaded = pipeline.downloaded();
  return result;
} catch (...) {
  throw_translated();
}

VerifyResult Updater::verify(bool full, Observer& observer) try {
  Session session(state_->folder, Access::look);
  const SignedManifest installed = session.installed_manifest();
  const auto verified =
      install::verify_folder(session.disk(), session.layout(), installed.manifest,
                             full ? install::Depth::full : install::Depth::quick, observer);
  VerifyResult result;
  result.broken_off = session.is_broken_off();
  result.version = installed.manifest.version.text();
  result.full = full;
  for (const Entry& entry : installed.manifest.entries) {
    if (entry.kind == EntryKind::file) ++result.files;
  }
  for (const auto& difference : verified.differences) {
    result.differences.push_back({difference.path, difference.finding, difference.is_damage()});
  }
  return result;
} catch (...) {
  throw_translated();
}

RepairResult Updater::repair(Observer& observer) try {
  Session session(state_->folder, Access::write, observer);
  session.set_wait(state_->wait_for_programs());
  RepairResult result;
  ApplyResult run;
  if (session.installed()) run.plan.to = session.installed()->version;
  recorded(session, "repair", run, [&] {
    result = repair_installed(session, observer);
    run.changed = result.changed;
    run.downloaded = result.downloaded;
  });
  return result;
} catch (...) {
  throw_translated();
}

RollbackResult Updater::rollback(const std::optional<std::string>& version,
                                 Observer& observer) try {
  Session session(state_->folder, Access::write, observer);
  session.set_wait(state_->wait_for_programs());
  RollbackResult result;
  ApplyResult run;
  if (version) run.plan.to = *version;
  recorded(session, "rollback", run, [&] {
    result = roll_back(session, version, observer);
    run.plan.to = result.to;
    run.changed = true;
  });
  return result;
} catch (...) {
  throw_translated();
}

std::vector<std::string> Updater::kept() try {
  const Session session(state_->folder, Access::look);
  std::vector<std::string> versions;
  for (const auto& release : install::KeptReleases(session.disk(), session.layout()).list()) {
    versions.push_back(release.installed.version);
  }
  return versions;
} catch (...) {
  throw_translated();
}

bool Updater::confirm() try {
  return Session(state_->folder, Access::read).confirm();
} catch (...) {
  throw_translated();
}

StartResult Updater::start(Observer& observer) try {
  StartResult result;
  const auto pending = [&] {
    Session session(state_->folder, Access::read, observer);
    session.site().cut();  // The gate comes next, and says what runs here.
    // A user who starts a program is not kept waiting for another one to end, unless he wants to.
    session.set_wait(state_->wait.value_or(std::chrono::milliseconds::zero()));
    ApplyResult run;
    recorded(session, "rollback", run, [&] {
      result = count_start(session, observer);
      run.plan.to = result.version;
      run.changed = !result.rolled_back_from.empty();
    });
    return session.may_write() ? load_pending(session.disk(), session.layout()) : std::nullopt;
  }();
  if (!pending) return result;
  try {
    const ApplyResult update = apply(*pending, observer);
    if (update.changed) {
      result.updated_from = result.version;
      result.version = update.plan.to;
      result.notices.insert(result.notices.end(), update.notices.begin(), update.notices.end());
    }
  } catch (const Error& error) {
    // The old release is whole, and as good as it was.
    observer.notice({"update.pending", result.version, error.what()});
  }
  return result;
} catch (...) {
  throw_translated();
}

Recovery Updater::recover() try {
  Observer nobody;
  return recover(nobody);
} catch (...) {
  throw_translated();
}

Recovery Updater::recover(Observer& observer) try {
  const Session session(state_->folder, Access::read, observer);
  return session.recovery();
} catch (...) {
  throw_translated();
}

StatusResult Updater::status() try {
  Session session(state_->folder, Access::look);
  session.site().only_look();
  const Config& config = session.config();
  StatusResult result{fs::to_utf8(session.layout().root),
                      config.package,
                      config.channel,
                      config.platform,
                      config.workstation,
                      {},
                      site::without_password(config.database),
                      DatabaseState::none,
                      {},
                      {},
                      false,
                      {},
                      {},
                      {}};
  for (const auto& source : session.sources()) result.sources.push_back(source->address());
  if (session.installed()) {
    result.installed = session.installed()->version;
    result.installed_at = trust::format_time(session.installed()->at);
    result.is_pilot = session.installed()->is_pilot;
  }
  if (!config.database.empty()) {
    try {
      const auto decision = read_decision(session);
      result.database_state = decision ? DatabaseState::released : DatabaseState::undecided;
      if (decision) result.released = decision->version;
    } catch (const Error& error) {
      result.database_state = state_after(error);
    }
  }
  result.broken_off = session.is_broken_off();
  const auto entries = install::load_history(session.disk(), session.layout());
  if (!entries.empty()) {
    result.last_action = entries.back().action;
    result.last_result = entries.back().result;
  }
  return result;
} catch (...) {
  throw_translated();
}

bool Updater::is_broken_off() try {
  return Session(state_->folder, Access::look).is_broken_off();
} catch (...) {
  throw_translated();
}

std::vector<HistoryItem> Updater::history() try {
  const Session session(state_->folder, Access::look);
  std::vector<HistoryItem> items;
  for (const auto& entry : install::load_history(session.disk(), session.layout())) {
    items.push_back({trust::format_time(entry.at), entry.action, entry.from, entry.to, entry.result,
                     entry.bytes});
  }
  return items;
} catch (...) {
  throw_translated();
}

}  // namespace xppkg
