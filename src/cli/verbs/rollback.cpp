#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

int run(const FolderContext& context, const std::optional<std::string>& version,
        const WaitOptions& wait) {
  RollbackResult result;
  {
    ConsoleObserver observer(context.output_options);
    Updater updater(context.folder);
    wait.apply_to(updater);
    result = updater.rollback(version, observer);
  }
  if (context.output_options.json) {
    json notices = json::array();
    for (const Notice& notice : result.notices) notices.push_back(to_json(notice));
    print(json{{"from", result.from}, {"to", result.to}, {"notices", notices}});
    return 0;
  }
  for (const Notice& notice : result.notices) say(describe(notice));
  say(text("Back to {} (from {}).", result.to, result.from));
  return 0;
}

int list(const FolderContext& context) {
  const auto versions = Updater(context.folder).kept();
  if (context.output_options.json) {
    print(json(versions));
    return 0;
  }
  for (const std::string& version : versions) print(version);
  return 0;
}

}  // namespace

void add_rollback(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "rollback", text("Go back to the previous version, with the files that were kept of it"));
  auto version = std::make_shared<std::optional<std::string>>();
  auto lists = std::make_shared<bool>(false);
  const auto named = verb.add_option("VERSION", *version, text("Default: the previous one"));
  verb.add_flag("--list", *lists, text("Only list the versions that are kept")).excludes(named);
  verb.add_examples("  xppkg -C /opt/app rollback\n  xppkg -C /opt/app rollback --list");
  const auto wait = add_wait_option(verb);
  verb.callback([&context, version, lists, wait] {
    context.run = [&context, version, lists, wait] {
      return *lists ? list(context) : run(context, *version, *wait);
    };
  });
}

}  // namespace xppkg::cli
