#include "release.hpp"

#include <algorithm>

#include "follow.hpp"
#include "fs/files.hpp"
#include "fs/system.hpp"
#include "site_keys.hpp"
#include "site_payload.hpp"

namespace xppkg::client {
namespace {

/// The files of so many releases stay in the database.
constexpr std::size_t kKeptReleases = 3;
/// How far back they are looked for: holds, and changes of the policy, may stand between them.
constexpr std::size_t kMaxLookedAt = 200;
constexpr std::uint64_t kMaxKeyFile = 64 * 1024;

struct Choice {
  Version version;
  Blake2b tree;
};

SavedRepository newest_repository(Session& session, Observer& observer) {
  try {
    session.refresh(observer);
  } catch (const Error& error) {
    if (info(error.code()).exit_status != info(Code::transport_unreachable).exit_status) throw;
    observer.notice({"source.skipped", std::string(error.fact("source")), error.what()});
  }
  return session.saved_repository();
}

const manifest::Release& offered(const Session& session, const manifest::Catalogue& catalogue,
                                 const std::string& version) {
  const auto* release = catalogue.find(Version::parse(version), session.config().platform);
  if (release == nullptr) {
    throw Error(Code::not_found_version, {{"version", version},
                                          {"package", session.config().package},
                                          {"platform", session.config().platform}});
  }
  check_floor(catalogue, release->version);
  return *release;
}

/// The installed release is proved by what lies here, any other one by what the vendor offers. What
/// was withdrawn, or is below the floor, no other workstation could go to.
Choice choose(Session& session, const manifest::Catalogue& catalogue,
              const std::optional<std::string>& version) {
  const auto& installed = session.installed();
  if (!version && !installed) throw Error(Code::usage_nothing_installed);
  const manifest::Release& release =
      offered(session, catalogue, version ? *version : installed->version);
  if (!version) {
    const SignedManifest proved = session.installed_manifest();
    if (proved.manifest.tree != release.tree) {
      throw Error(Code::not_found_version, {{"version", installed->version},
                                            {"package", session.config().package},
                                            {"reason", "the vendor offers it no more"}});
    }
  }
  return {release.version, release.tree};
}

[[noreturn]] void somebody_else_decided(Session& session, site::SiteDatabase& database) {
  const auto winner =
      database.read(session.config().package, session.config().workstation).decision;
  throw Error(Code::locked_other_run,
              {{"database", site::without_password(session.config().database)},
               {"reason", "another workstation decided at the same moment"},
               {"released", winner ? winner->version : ""}});
}

void sign_with(const SiteKey& key, fs::FileSystem& disk, site::Decision& decision) {
  if (key.file.empty()) return;
  const Bytes file = fs::read_file(disk, fs::from_utf8(key.file), kMaxKeyFile);
  decision.signature = sign(decision, open_vault(key, disk).open(file));
}

/// Who would not follow his own decision must not make it.
void check_own_keys(Session& session, const site::Decision& decision) {
  check_signature(load_site_keys(session.disk(), session.layout()), decision);
}

/// After the newest one of the database and the newest one that was seen here: it may have been set
/// back since.
std::uint64_t next_counter(const Session& session, const std::optional<site::Decision>& last) {
  const auto known = session.site().known_decision();
  const std::uint64_t counter = std::max(last ? last->counter : 0, known ? known->counter : 0) + 1;
  if (counter > site::kMaxCounter) {
    throw Error(Code::limit_exceeded, {{"decision", std::to_string(counter)},
                                       {"reason", "somebody has used up the site's counter"}});
  }
  return counter;
}

site::Decision next_decision(const Session& session, const std::optional<site::Decision>& last) {
  site::Decision next;
  next.counter = next_counter(session, last);
  next.package = session.config().package;
  next.at = session.now();
  // As they will be read again: the signature covers them.
  next.who = site::storable(fs::user_name(), site::kMaxName);
  next.workstation = site::storable(session.config().workstation, site::kMaxName);
  next.previous = last ? last->version : "";
  return next;
}

/// A signature is worth a decision of its own.
bool is_in_force(const site::Decision& last, const Choice& choice, site::Policy policy,
                 const SiteKey& key) {
  return last.tree == choice.tree && Version::parse(last.version) == choice.version &&
         last.policy == policy && !last.held && (key.file.empty() || !last.signature.empty());
}

/// Who answered a question has not seen what was decided since.
void check_asked_at(const ReleaseOptions& options, const std::optional<site::Decision>& last) {
  if (!options.asked_at || *options.asked_at == (last ? last->counter : 0)) return;
  throw Error(Code::locked_other_run, {{"reason", "another decision was made meanwhile"},
                                       {"released", last ? last->version : ""},
                                       {"by", last ? last->who : ""},
                                       {"note", last ? last->note : ""}});
}

/// The last decisions that released something else than the one before, the newest first.
std::vector<site::Decision> last_releases(site::SiteDatabase& database,
                                          const std::string& package) {
  std::vector<site::Decision> releases;
  for (site::Decision& decision : database.decisions(package, kMaxLookedAt)) {
    const bool is_same = !releases.empty() && releases.back().tree == decision.tree;
    if (decision.held || is_same) continue;
    releases.push_back(std::move(decision));
    if (releases.size() == kKeptReleases) break;
  }
  return releases;
}

/// What the database has of the last releases need not come from the vendor again.
void read_files_of_kept(Session& session, site::SiteDatabase& database) {
  try {
    const auto releases = last_releases(database, session.config().package);
    for (auto release = releases.rbegin(); release != releases.rend(); ++release) {
      session.read_files_of(release->counter);
    }
  } catch (const Error&) {
    // An old row that nobody can read must not end all releasing.
  }
}

void prune(site::SiteDatabase& database, const site::Decision& decision) {
  if (decision.counter <= kKeptReleases) return;
  try {
    const auto kept = last_releases(database, decision.package);
    if (!kept.empty()) database.prune(decision.package, kept.back().counter, decision.at);
  } catch (const Error&) {
    // Who may release need not be one who may remove; the next release tries again.
  }
}

}  // namespace

ReleaseResult release_for_all(Session& session, const ReleaseOptions& options, Observer& observer) {
  const auto policy = site::policy_of(options.policy);
  if (!policy) throw Error(Code::usage_invalid, {{"policy", options.policy}});
  const SavedRepository repository = newest_repository(session, observer);
  const Choice choice = choose(session, repository.trusted.catalogue, options.version);
  // What cannot be released makes no database either.
  site::SiteDatabase& database = session.site().database(site::Missing::is_created);
  const auto last = session.site().read_unchecked().decision;
  check_asked_at(options, last);
  ReleaseResult result;
  result.version = choice.version.text();
  result.previous = last ? last->version : "";
  result.counter = last ? last->counter : 0;

  site::Decision decision = next_decision(session, last);
  decision.version = result.version;
  decision.tree = choice.tree;
  decision.policy = *policy;
  decision.note = site::storable(options.note, site::kMaxNote);
  const bool is_new = !last || !is_in_force(*last, choice, *policy, options.key);
  if (is_new) {
    sign_with(options.key, session.disk(), decision);
    check_own_keys(session, decision);
  }
  if (last) read_files_of_kept(session, database);
  // Also for what is in force: its files may be damaged, or gone.
  Upload upload(database, session.now(), observer);
  SitePayload payload(session, repository, upload, observer);
  payload.put(choice.version, database.workstations(decision.package), result.previous);
  result.uploaded = upload.sent();
  result.downloaded = payload.downloaded();
  if (!is_new) return result;
  switch (database.decide(decision, upload.files(), last ? last->counter : 0)) {
    case site::Decided::done:
      break;
    case site::Decided::somebody_else:
      somebody_else_decided(session, database);
    case site::Decided::payload_missing:
      throw Error(Code::locked_other_run,
                  {{"database", site::without_password(session.config().database)},
                   {"reason", "files were removed by another release meanwhile"}});
  }
  prune(database, decision);
  session.note_release(decision.version, decision.counter);
  if (last && last->held) observer.notice({"hold.lifted", last->version, last->note});
  result.counter = decision.counter;
  result.changed = true;
  for (const site::StoredFile& file : upload.files()) {
    ++result.files;
    result.bytes += file.size;
  }
  return result;
}

bool hold(Session& session, const ReleaseOptions& options) {
  site::SiteDatabase& database = session.site().database();
  const auto last = session.site().read_unchecked().decision;
  if (!last) throw Error(Code::usage_invalid, {{"reason", "nothing was released at this site"}});
  if (last->held) return false;
  site::Decision decision = next_decision(session, last);
  decision.version = last->version;
  decision.tree = last->tree;
  decision.policy = last->policy;
  decision.note = site::storable(options.note, site::kMaxNote);
  decision.held = true;
  sign_with(options.key, session.disk(), decision);
  check_own_keys(session, decision);
  // Nobody follows it, so it needs no files.
  if (database.decide(decision, {}, last->counter) != site::Decided::done) {
    somebody_else_decided(session, database);
  }
  return true;
}

bool unhold(Session& session, ReleaseOptions options, Observer& observer) {
  const auto last = session.site().read_unchecked().decision;
  if (!last || !last->held) return false;
  options.version = last->version;
  options.policy = site::id(last->policy);
  options.asked_at = last->counter;
  release_for_all(session, options, observer);
  return true;
}

}  // namespace xppkg::client
