#include "verbs.hpp"

#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"

namespace xppkg::cli {

using nlohmann::json;

std::string describe_reason(const std::string& reason) {
  if (reason == "up-to-date") return text("The wanted version is installed.");
  if (reason == "nothing-newer")
    return text("Nothing newer is offered: the installed version stays.");
  if (reason == "same-contents") return text("The wanted version has the same files.");
  if (reason == "kept") return text("All its files were kept here: nothing to download.");
  if (reason == "delta-chain") return text("Deltas are the smallest download.");
  if (reason == "first-install") return text("Full: nothing is installed yet.");
  if (reason == "unknown-base") return text("Full: no published release has the installed files.");
  if (reason == "mended-base")
    return text("Damaged files are repaired; all others stay or come as deltas.");
  if (reason == "damaged-base") return text("Full: installed files are damaged.");
  if (reason == "refused-delta") return text("Full: a delta failed here before.");
  if (reason == "no-chain") return text("Full: no deltas lead from the installed version.");
  if (reason == "rolled-back") {
    return text("It was rolled back here; --retry tries it again.");
  }
  if (reason == "full-cheaper") return text("Full: smaller than the deltas.");
  if (reason == "no-decision") {
    return text("The site's database has no released version yet: nothing to do.");
  }
  return reason;
}

std::string describe_finding(const std::string& finding) {
  if (finding == "missing") return text("missing");
  if (finding == "changed") return text("changed");
  if (finding == "wrong-mode") return text("wrong mode");
  if (finding == "wrong-kind") return text("another kind of entry");
  if (finding == "wrong-link") return text("link points elsewhere");
  if (finding == "mode-changed") return text("mode set by an administrator, kept");
  if (finding == "config-changed") return text("your own configuration, kept");
  return finding;
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
          {"reason", plan.reason}};
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
