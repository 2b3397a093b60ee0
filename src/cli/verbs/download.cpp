#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

void show_download(const ApplyResult& result, const FolderContext& context) {
  if (context.output_options.json) return show(result, context.output_options);
  if (result.plan.steps.empty() && result.plan.repair_bytes == 0) {
    return say(describe_reason(result.plan.reason));
  }
  say(text("Downloaded what {} needs ({}). Next: {}", result.plan.to,
           human_bytes(result.downloaded), "xppkg -C " + shell_word(context.folder) + " apply"));
}

}  // namespace

void add_download(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "download", text("Download an update without installing it: apply does that later"));
  const auto wanted = add_selector_options(verb);
  verb.add_examples("  xppkg -C /opt/app download\n  xppkg -C /opt/app download --newest");
  verb.callback([&context, wanted] {
    context.run = [&context, wanted] {
      ApplyResult result;
      {
        ConsoleObserver observer(context.output_options);
        result = Updater(context.folder).download(wanted->selector(), observer);
      }
      show_download(result, context);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
