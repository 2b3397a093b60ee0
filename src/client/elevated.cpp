#include "xppkg/elevated.hpp"

#include "base/translated.hpp"
#include "folder_trust.hpp"
#include "fs/beneath.hpp"
#include "fs/retrying_file_system.hpp"
#include "handover.hpp"
#include "run.hpp"
#include "target.hpp"

namespace xppkg {

using namespace client;

namespace {

bool is_up_to_date(Session& session, const Trusted& trusted, const Goal& goal, install::Depth depth,
                   Observer& observer) {
  if (install::is_broken_off(session.disk(), session.layout())) return false;
  UpdatePipeline pipeline(session, trusted, observer);
  pipeline.verify_base(depth);
  return pipeline.plan(*goal.release).reason == PlanReason::up_to_date &&
         !pipeline.manifest_is_lost();
}

/// The files that the other run will want, as far as this one can know: it looks at every byte, and
/// plans anew.
void hand_over(Session& session, const Trusted& trusted, const site::Decision& decision,
               Handover& handover, Order& order, Observer& observer) {
  const auto* release =
      trusted.catalogue.find(Version::parse(order.version), session.config().platform);
  UpdatePipeline pipeline(session, trusted, observer);
  pipeline.verify_base(install::Depth::full);
  handover.add_payloads(pipeline.prepare(*release), session.sources(), observer);
  order.files = fs::to_utf8(handover.folder());
  order.decided_at = decision.at;
}

/// Files that were handed over come first.
void read_from(Session& session, const std::string& files) {
  auto& sources = session.sources();
  sources.insert(sources.begin(), source::open_source("file:" + files, {}, fs::native()));
}

std::optional<site::Decision> decision_of(const Order& order) {
  if (order.decision == 0) return std::nullopt;
  site::Decision decision;
  decision.version = order.version;
  decision.counter = order.decision;
  decision.at = order.decided_at;
  return decision;
}

ReleaseSelector selector_of(const Order& order) {
  if (order.decision > 0) return {};
  return {ReleaseSelector::Kind::version, order.version, /*retry=*/false};
}

Trusted refresh(Session& session, const Order& order, Observer& observer) {
  if (order.files.empty()) return session.refresh(observer);
  read_from(session, order.files);
  return session.refresh(observer, decision_of(order));
}

}  // namespace

OrderResult find_order(const std::string& folder, const ReleaseSelector& wanted,
                       const std::string& files, Observer& observer) try {
  Session session(folder, Access::look);
  OrderResult result;
  std::optional<Handover> handover;
  const Target target =
      find_target(session, wanted, observer, [&](const site::Decision& /*decision*/) {
        // It lies outside of DIR.
        handover.emplace(fs::native(), fs::from_utf8(files));
        handover->watch(session.sources());
      });
  if (target.settled) {
    result.plan = *target.settled;
    return result;
  }
  const Goal& goal = target.goal;
  if (is_up_to_date(session, *target.trusted, goal, depth_for(wanted), observer)) {
    result.plan = up_to_date(session);
    result.plan.to = goal.release->version.text();
    return result;
  }
  result.order = {goal.release->version.text(), goal.decision, goal.is_pilot, {}, 0};
  if (handover) {
    hand_over(session, *target.trusted, *target.decision, *handover, *result.order, observer);
  }
  return result;
} catch (...) {
  throw_translated();
}

ApplyResult carry_out(const Order& order, const std::string& folder, std::chrono::milliseconds wait,
                      Observer& observer) try {
  if (order.decision > site::kMaxCounter) {
    throw Error(Code::usage_invalid, {{"decision", std::to_string(order.decision)}});
  }
  const install::Layout layout{fs::from_utf8(folder).lexically_normal()};
  check_guarded(fs::native(), layout);
  const auto beneath = fs::open_beneath(layout.root);
  fs::RetryingFileSystem disk(*beneath);
  Session session(disk, layout, Access::write, observer);
  session.set_wait(wait);
  // The site's database is for this run a stranger's file, and SQLite removes files that the
  // journal beside it names.
  session.site().cut();
  ApplyResult result;
  recorded(session, "apply", result, [&] {
    const Trusted trusted = refresh(session, order, observer);
    Goal goal = find_goal(decision_of(order), session, trusted, selector_of(order));
    goal.is_pilot = order.is_pilot;
    go_to(session, trusted, goal, install::Depth::full, result, observer);
  });
  return result;
} catch (...) {
  throw_translated();
}

}  // namespace xppkg
