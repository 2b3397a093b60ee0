#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

void show(const PlanResult& plan) {
  if (!plan.to.empty()) {
    print(plan.from.empty() ? text("Nothing is installed; wanted: {}", plan.to)
                            : text("Installed: {}; wanted: {}", plan.from, plan.to));
  }
  show_steps(plan);
  if (!plan.steps.empty() || plan.repair_bytes > 0) {
    print(text("Download: {} (full package: {}); free space needed: {}", human_bytes(plan.bytes),
               human_bytes(plan.full_bytes), human_bytes(plan.disk_bytes)));
  }
  print(describe_reason(plan.reason));
}

}  // namespace

void add_plan(const Command& app, FolderContext& context) {
  const Command verb =
      app.add_subcommand("plan", text("Show how an update would be done, and why"));
  auto wanted = std::make_shared<ReleaseSelector>();
  auto newest = std::make_shared<bool>(false);
  const auto to = verb.add_option("--to", wanted->version, text("Version (default: as apply)"));
  verb.add_flag("--newest", *newest, text("The newest version of the channel")).excludes(to);
  verb.add_examples("  xppkg -C /opt/app plan\n  xppkg -C /opt/app --json plan --to 4.07.0012");
  verb.callback([&context, wanted, to, newest] {
    if (to.is_given()) wanted->kind = ReleaseSelector::Kind::version;
    if (*newest) wanted->kind = ReleaseSelector::Kind::newest;
    context.run = [&context, wanted] {
      PlanResult plan;
      {
        ConsoleObserver observer(context.output_options);
        plan = Updater(context.folder).plan(*wanted, observer);
      }
      if (context.output_options.json) {
        print(to_json(plan));
      } else {
        show(plan);
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
