#include "release.hpp"

#include <algorithm>

#include "believed.hpp"
#include "follow.hpp"
#include "fs/files.hpp"
#include "fs/system.hpp"
#include "site_keys.hpp"
#include "site_payload.hpp"
#include "trust/secret_key.hpp"

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
    if (info(error.code()).category != Category::source) throw;
    observer.notice({"source.skipped", std::string(error.fact("source")), error.what()});
  }
  return session.saved_repository();
}

/// Saved metadata proves the installed release, the vendor's offer any other one. Nobody decides
/// for a release that was withdrawn, or is below the minimum version.
Choice choose(Session& session, const manifest::Catalogue& catalogue,
              const std::optional<std::string>& version) {
  const auto& installed = session.installed();
  if (!version && !installed) throw Error(Code::usage_nothing_installed);
  const manifest::Release& release =
      offered(session, catalogue, version ? *version : installed->version);
  if (!version) {
    const SignedManifest proved = session.installed_manifest();
    if (proved.manifest.tree != release.tree) {
      throw Error(Code::notfound_version, {{"version", installed->version},
                                           {"package", session.config().package},
                                           {"reason", "the vendor offers it no more"}});
    }
  }
  return {release.version, release.tree};
}

[[noreturn]] void somebody_else_decided(Session& session) {
  const auto winner = session.site().stand().site_state.decision;
  throw Error(Code::locked_other_run,
              {{"database", site::without_password(session.config().database)},
               {"reason", "another workstation decided at the same moment"},
               {"released", winner ? winner->version : ""}});
}

/// The basis of a new decision: the newest one that counts, and how it is signed.
class Ground {
 public:
  Ground(Session& session, const SiteKey& key) : session_(session) {
    if (key.file.empty()) return;
    const Bytes file = fs::read_given_file(session.disk(), key.file, kMaxKeyFile);
    signer_ = open_vault(key, session.disk()).open(file);
  }

  /// Reads the database. With a key, only signed decisions count as a basis for the new one.
  void look() {
    std::optional<trust::PublicKey> key;
    if (signer_) key = signer_->public_key();
    standing_ = session_.site().stand(key ? &*key : nullptr);
    if (signer_ && standing_.is_other_site()) {
      throw Error(Code::decision_other_site,
                  {{"its site", standing_.site_state.site}, {"trusted here", standing_.keys.site}});
    }
    if (signer_ && standing_.keys.site.empty()) {
      throw Error(Code::decision_other_site, {{"reason", "the database has no id of a site"}});
    }
  }

  [[nodiscard]] const Standing& standing() const { return standing_; }
  [[nodiscard]] const std::optional<site::Decision>& last() const {
    return standing_.site_state.decision;
  }

  /// A releaser who would not follow his own decision must not make it.
  void sign(site::Decision& decision) const {
    if (signer_) decision.signature = client::sign(decision, standing_.keys.site, *signer_);
    SiteKeys own = load_site_keys(session_.disk(), session_.layout());
    own.site = standing_.keys.site;
    check_signature(own, decision);
  }

  /// From now on no other site's decision is signed here by mistake.
  void pin() const {
    if (!signer_ || !session_.may_write()) return;
    SiteKeys own = load_site_keys(session_.disk(), session_.layout());
    if (!own.site.empty()) return;
    own.site = standing_.keys.site;
    save_site_keys(session_.disk(), session_.layout(), own);
  }

  void describe(const site::Decision& decision, ReleaseResult& result) const {
    result.version = decision.version;
    result.counter = decision.counter;
    result.policy = decision.policy;
    result.held = decision.held;
    result.site = standing_.keys.site;
    if (signer_) result.key = signer_->public_key().id();
  }

 private:
  Session& session_;
  std::optional<trust::SecretKey> signer_;
  Standing standing_;
};

/// A counter above that of the newest row, of the newest decision that was seen here (the database
/// may have been restored since), and above `after`, which other workstations have seen. The step
/// is no larger than readers accept.
std::uint64_t next_counter(const Session& session, const Standing& standing, std::uint64_t after) {
  const std::uint64_t newest = standing.site_state.newest;
  const std::uint64_t highest = newest + site::kMaxStep - 1;
  if (after > highest) {
    throw Error(Code::usage_invalid,
                {{"after", std::to_string(after)}, {"limit", std::to_string(highest)}});
  }
  const auto known = session.site().known_decision(standing.keys);
  const std::uint64_t seen = known ? std::min(known->counter, highest) : 0;
  return std::max({newest, seen, after}) + 1;
}

site::Decision next_decision(const Session& session, const Ground& ground,
                             const ReleaseOptions& options) {
  const auto& last = ground.last();
  site::Decision next;
  next.counter = next_counter(session, ground.standing(), options.after);
  next.note = site::storable(options.note, site::kMaxNote);
  next.package = session.config().package;
  next.at = session.now();
  // As they will be read again: the signature covers them.
  next.who = site::storable(fs::user_name(), site::kMaxName);
  next.workstation = site::storable(session.config().workstation, site::kMaxName);
  next.previous = last ? last->version : "";
  return next;
}

/// A signature is worth a decision of its own.
bool is_in_force(const site::Decision& last, const Choice& choice, Policy policy,
                 const SiteKey& key) {
  return last.tree == choice.tree && Version::parse(last.version) == choice.version &&
         last.policy == policy && !last.held && (key.file.empty() || !last.signature.empty());
}

/// A user who answered a question has not seen later decisions.
void check_asked_at(Session& session, const ReleaseOptions& options) {
  if (!options.asked_at) return;
  const auto last = session.site().stand().site_state.decision;
  if (*options.asked_at == (last ? last->counter : 0)) return;
  throw Error(Code::locked_other_run, {{"reason", "another decision was made meanwhile"},
                                       {"released", last ? last->version : ""},
                                       {"by", last ? last->who : ""},
                                       {"note", last ? last->note : ""}});
}

/// The last decisions that released something else than the one before, the newest first.
std::vector<site::Decision> last_releases(Session& session, const SiteKeys& keys,
                                          std::uint64_t newest) {
  std::vector<site::Decision> releases;
  std::size_t seen = 0;
  visit_decisions(session.site().database(), session.config().package, keys, newest,
                  [&](site::Decision decision) {
                    const bool is_same = !releases.empty() && releases.back().tree == decision.tree;
                    if (!decision.held && !is_same) releases.push_back(std::move(decision));
                    return releases.size() < kKeptReleases && ++seen < kMaxLookedAt;
                  });
  return releases;
}

/// Files of the last releases that the database has need not come from the vendor again.
void read_files_of_kept(Session& session, const Standing& standing) {
  try {
    const auto releases = last_releases(session, standing.keys, standing.site_state.newest);
    for (auto release = releases.rbegin(); release != releases.rend(); ++release) {
      session.read_files_of(release->counter);
    }
  } catch (const Error&) {
    // Rows that cannot be read must not end all releasing.
  }
}

void prune(Session& session, const SiteKeys& keys, const site::Decision& decision) {
  if (decision.counter <= kKeptReleases) return;
  try {
    const auto kept = last_releases(session, keys, decision.counter);
    if (kept.empty()) return;
    session.site().database().prune(decision.package, kept.back().counter, decision.at);
  } catch (const Error&) {
    // A releaser may lack the right to remove; the next release tries again.
  }
}

/// The release to decide for.
struct Offer {
  SavedRepository repository;
  Choice choice;
  Policy policy;
};

Offer find_offer(Session& session, const ReleaseOptions& options, Observer& observer) {
  SavedRepository repository = newest_repository(session, observer);
  Choice choice = choose(session, repository.trusted.catalogue, options.version);
  return {std::move(repository), std::move(choice), options.policy};
}

ReleaseResult release_on(Session& session, const Ground& ground, const Offer& offer,
                         const ReleaseOptions& options, Observer& observer) {
  const auto& [repository, choice, policy] = offer;
  const auto& last = ground.last();
  site::SiteDatabase& database = session.site().database();
  site::Decision decision = next_decision(session, ground, options);
  decision.version = choice.version.text();
  decision.tree = choice.tree;
  decision.policy = policy;
  // Under rows that do not count it could be overlooked.
  const bool is_new = !last || ground.standing().is_covered() || options.after > 0 ||
                      !is_in_force(*last, choice, policy, options.key);
  if (is_new) ground.sign(decision);
  ReleaseResult result;
  ground.describe(is_new ? decision : *last, result);
  result.previous = last ? last->version : "";
  if (last) read_files_of_kept(session, ground.standing());
  // This is done also for the release in force: its files may be damaged, or gone.
  Upload upload(database, session.now(), observer);
  SitePayload payload(session, repository, upload, observer);
  payload.put(choice.version, database.workstations(decision.package), result.previous);
  result.uploaded = upload.sent();
  result.downloaded = payload.downloaded();
  if (!is_new) return result;
  switch (database.decide(decision, upload.files(), ground.standing().site_state.newest)) {
    case site::Decided::done:
      break;
    case site::Decided::somebody_else:
      somebody_else_decided(session);
    case site::Decided::payload_missing:
      throw Error(Code::locked_other_run,
                  {{"database", site::without_password(session.config().database)},
                   {"reason", "files were removed by another release meanwhile"}});
  }
  ground.pin();
  prune(session, ground.standing().keys, decision);
  session.note_release(decision.version, decision.counter);
  if (last && last->held) observer.notice({"hold.lifted", last->version, last->note});
  result.changed = true;
  for (const site::StoredFile& file : upload.files()) {
    ++result.files;
    result.bytes += file.size;
  }
  return result;
}

}  // namespace

ReleaseResult release_for_all(Session& session, const ReleaseOptions& options, Observer& observer) {
  const Offer offer = find_offer(session, options, observer);
  Ground ground(session, options.key);
  // A release that cannot be decided for creates no database either.
  session.site().database(site::Missing::is_created);
  check_asked_at(session, options);
  ground.look();
  return release_on(session, ground, offer, options, observer);
}

ReleaseResult hold(Session& session, const ReleaseOptions& options) {
  Ground ground(session, options.key);
  ground.look();
  const auto& last = ground.last();
  if (!last) throw Error(Code::usage_invalid, {{"reason", "nothing was released at this site"}});
  ReleaseResult result;
  result.previous = last->version;
  ground.describe(*last, result);
  if (last->held && !ground.standing().is_covered()) return result;
  site::Decision decision = next_decision(session, ground, options);
  decision.version = last->version;
  decision.tree = last->tree;
  decision.policy = last->policy;
  decision.held = true;
  ground.sign(decision);
  ground.describe(decision, result);
  // Nobody follows it, so it needs no files.
  const auto decided =
      session.site().database().decide(decision, {}, ground.standing().site_state.newest);
  if (decided != site::Decided::done) somebody_else_decided(session);
  ground.pin();
  result.changed = true;
  return result;
}

ReleaseResult unhold(Session& session, ReleaseOptions options, Observer& observer) {
  Ground ground(session, options.key);
  ground.look();
  const auto& last = ground.last();
  if (!last || !last->held) {
    ReleaseResult result;
    if (last) ground.describe(*last, result);
    return result;
  }
  options.version = last->version;
  options.policy = last->policy;
  return release_on(session, ground, find_offer(session, options, observer), options, observer);
}

}  // namespace xppkg::client
