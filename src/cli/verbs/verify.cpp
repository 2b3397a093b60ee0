#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

json to_json(const VerifyResult& result) {
  json differences = json::array();
  for (const VerifyDifference& difference : result.differences) {
    differences.push_back({{"path", difference.path},
                           {"finding", id(difference.finding)},
                           {"damage", difference.is_damage}});
  }
  return {{"version", result.version},       {"full", result.full},
          {"files", result.files},           {"sound", !result.damaged()},
          {"broken_off", result.broken_off}, {"differences", differences}};
}

void show(const VerifyResult& result, const std::string& folder) {
  if (result.broken_off) say_broken_off(folder);
  for (const VerifyDifference& difference : result.differences) {
    print(fmt::format("{}: {}", difference.path, describe_finding(difference.finding)));
  }
  if (result.damaged()) return;
  say(result.full ? text("{}: {} files verified byte for byte.", result.version, result.files)
                  : text("{}: {} files verified by size and time.", result.version, result.files));
}

}  // namespace

void add_verify(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "verify", text("Compare the installed files with the vendor's signed manifest"));
  auto full = std::make_shared<bool>(false);
  verb.add_flag("--full", *full, text("Hash every byte (default: kind, mode, size and time)"));
  verb.add_examples("  xppkg -C /opt/app verify --full");
  verb.callback([&context, full] {
    context.run = [&context, full] {
      VerifyResult result;
      {
        ConsoleObserver observer(context.output_options);
        result = Updater(context.folder).verify(*full, observer);
      }
      if (context.output_options.json) {
        print(to_json(result));
      } else {
        show(result, context.folder);
      }
      if (!result.damaged()) return 0;
      if (context.output_options.json) return info(Code::damage_found).exit_status;
      return report(Error(Code::damage_found, {{"version", result.version}}), "xppkg",
                    context.output_options, context.place());
    };
  });
}

}  // namespace xppkg::cli
