#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

json to_json(const RepairResult& result) {
  json repaired = json::array();
  for (const VerifyDifference& difference : result.repaired) {
    repaired.push_back({{"path", difference.path}, {"finding", id(difference.finding)}});
  }
  json notices = json::array();
  for (const Notice& notice : result.notices) notices.push_back(cli::to_json(notice));
  return {{"version", result.version},
          {"changed", result.changed},
          {"mended", repaired},
          {"downloaded", result.downloaded},
          {"notices", notices}};
}

void show(const RepairResult& result) {
  for (const VerifyDifference& difference : result.repaired) {
    print(fmt::format("{}: {}", difference.path, describe_finding(difference.finding)));
  }
  for (const Notice& notice : result.notices) say(describe(notice));
  if (!result.changed) return say(text("{}: nothing to repair.", result.version));
  say(text("Repaired {} ({} downloaded).", result.version, human_bytes(result.downloaded)));
}

}  // namespace

void add_repair(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "repair", text("Restore damaged and missing files of the installed version, and no others"));
  verb.add_examples("  xppkg -C /opt/app repair\n  xppkg -C /opt/app --json repair");
  const auto wait = add_wait_option(verb);
  verb.callback([&context, wait] {
    context.run = [&context, wait] {
      RepairResult result;
      {
        ConsoleObserver observer(context.output_options);
        Updater updater(context.folder);
        wait->apply_to(updater);
        result = updater.repair(observer);
      }
      if (context.output_options.json) {
        print(to_json(result));
      } else {
        show(result);
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
