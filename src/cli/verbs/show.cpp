#include "verbs.hpp"

#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"

namespace xppkg::cli {

using nlohmann::json;

std::string describe_reason(PlanReason reason) {
  switch (reason) {
    case PlanReason::up_to_date:
      return text("The wanted version is installed.");
    case PlanReason::nothing_newer:
      return text("Nothing newer is offered: the installed version stays.");
    case PlanReason::same_contents:
      return text("The wanted version has the same files.");
    case PlanReason::kept:
      return text("All its files were kept here: nothing to download.");
    case PlanReason::delta_chain:
      return text("Deltas are the smallest download.");
    case PlanReason::first_install:
      return text("Full: nothing is installed yet.");
    case PlanReason::unknown_base:
      return text("Full: no published release has the installed files.");
    case PlanReason::repaired_base:
      return text("Damaged files are repaired; all others stay or come as deltas.");
    case PlanReason::damaged_base:
      return text("Full: installed files are damaged.");
    case PlanReason::refused_delta:
      return text("Full: a delta failed here before.");
    case PlanReason::no_chain:
      return text("Full: no deltas lead from the installed version.");
    case PlanReason::rolled_back:
      return text("It was rolled back here; --retry tries it again.");
    case PlanReason::full_cheaper:
      return text("Full: smaller than the deltas.");
    case PlanReason::no_decision:
      return text("The site's database has no released version yet: nothing to do.");
  }
  return {};
}

std::string policy_text(const std::optional<Policy>& policy) {
  return policy ? std::string(id(*policy)) : std::string();
}

std::string describe_finding(Finding finding) {
  switch (finding) {
    case Finding::missing:
      return text("missing");
    case Finding::changed:
      return text("changed");
    case Finding::wrong_mode:
      return text("wrong mode");
    case Finding::wrong_kind:
      return text("another kind of entry");
    case Finding::wrong_link:
      return text("link points elsewhere");
    case Finding::mode_changed:
      return text("mode set by an administrator, kept");
    case Finding::config_changed:
      return text("your own configuration, kept");
  }
  return {};
}

json to_json(const PlanResult& plan) {
  json steps = json::array();
  for (const PlanStep& step : plan.steps) {
    steps.push_back({{"kind", step.is_full ? "full" : "delta"},
                     {"from", step.from},
                     {"to", step.to},
                     {"bytes", step.bytes}});
  }
  return {{"from", plan.from},
          {"to", plan.to},
          {"steps", steps},
          {"bytes", plan.bytes},
          {"mend_bytes", plan.repair_bytes},
          {"full_bytes", plan.full_bytes},
          {"disk_bytes", plan.disk_bytes},
          {"reason", id(plan.reason)}};
}

void show_steps(const PlanResult& plan) {
  if (plan.repair_bytes > 0) {
    print(fmt::format("  {:<24} {:>12}", text("damaged files"), human_bytes(plan.repair_bytes)));
  }
  for (const PlanStep& step : plan.steps) {
    print(step.is_full
              ? fmt::format("  {:<24} {:>12}", text("full {}", step.to), human_bytes(step.bytes))
              : fmt::format("  {:<24} {:>12}", text("delta {} -> {}", step.from, step.to),
                            human_bytes(step.bytes)));
  }
}

void say_broken_off(const std::string& folder) {
  say(with_place(tr("An update was interrupted here, or is going on. xppkg -C DIR recover, or the "
                    "next update, completes or undoes it."),
                 folder));
}

void show(const ApplyResult& result, const OutputOptions& output_options) {
  if (output_options.json) {
    json value = to_json(result.plan);
    value["changed"] = result.changed;
    value["downloaded"] = result.downloaded;
    value["notices"] = json::array();
    for (const Notice& notice : result.notices) value["notices"].push_back(to_json(notice));
    return print(value);
  }
  for (const Notice& notice : result.notices) say(describe(notice));
  if (!result.changed) return say(describe_reason(result.plan.reason));
  const PlanResult& plan = result.plan;
  say(plan.from.empty()
          ? text("Installed {} ({} downloaded).", plan.to, human_bytes(result.downloaded))
          : text("Updated {} -> {} ({} downloaded, the full package has {}).", plan.from, plan.to,
                 human_bytes(result.downloaded), human_bytes(plan.full_bytes)));
}

}  // namespace xppkg::cli
