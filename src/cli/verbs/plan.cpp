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

std::shared_ptr<SelectorOptions> add_selector_options(const Command& verb) {
  auto options = std::make_shared<SelectorOptions>();
  const auto to = verb.add_option("--to", options->version, text("Version (default: as apply)"));
  verb.add_flag("--newest", options->newest, text("The newest version of the channel"))
      .excludes(to);
  return options;
}

void add_plan(const Command& app, FolderContext& context) {
  const Command verb =
      app.add_subcommand("plan", text("Show how an update would be done, and why"));
  const auto wanted = add_selector_options(verb);
  verb.add_examples("  xppkg -C /opt/app plan\n  xppkg -C /opt/app --json plan --to 4.07.0012");
  verb.callback([&context, wanted] {
    context.run = [&context, wanted] {
      PlanResult plan;
      {
        ConsoleObserver observer(context.output_options);
        plan = Updater(context.folder).plan(wanted->selector(), observer);
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
