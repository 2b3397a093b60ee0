#include "verbs.hpp"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

constexpr int kNewerExists = 100;

void show(const CheckResult& result) {
  if (!result.newer_exists) {
    return print(text("No newer version available (installed: {}).", result.installed));
  }
  print(result.installed.empty()
            ? text("Version {} is available.", result.newest)
            : text("Version {} is available (installed: {}).", result.newest, result.installed));
  print(text("Download: {} (full package: {})", human_bytes(result.bytes),
             human_bytes(result.full_bytes)));
  const std::size_t end = result.notes.find_last_not_of(" \n\r\t");
  if (end != std::string::npos) print_text("\n" + result.notes.substr(0, end + 1));
}

json to_json(const ReleaseItem& release) {
  return {{"version", release.version},
          {"channels", release.channels},
          {"full_bytes", release.full_bytes},
          {"installed", release.is_installed}};
}

int list(const FolderContext& context) {
  std::vector<ReleaseItem> releases;
  {
    ConsoleObserver observer(context.output_options);
    releases = Updater(context.folder).releases(observer);
  }
  if (context.output_options.json) {
    json items = json::array();
    for (const ReleaseItem& release : releases) items.push_back(to_json(release));
    print(json{{"releases", items}});
    return 0;
  }
  for (const ReleaseItem& release : releases) {
    print(fmt::format("{} {:<20} {:>12}  {}", release.is_installed ? '*' : ' ', release.version,
                      human_bytes(release.full_bytes), fmt::join(release.channels, ", ")));
  }
  return 0;
}

int check(const FolderContext& context) {
  CheckResult result;
  {
    ConsoleObserver observer(context.output_options);
    result = Updater(context.folder).check(observer);
  }
  if (context.output_options.json) {
    print(json{{"installed", result.installed},
               {"newest", result.newest},
               {"newer_exists", result.newer_exists},
               {"bytes", result.bytes},
               {"full_bytes", result.full_bytes},
               {"notes", result.notes},
               {"source", result.source}});
  } else {
    show(result);
  }
  return result.newer_exists ? kNewerExists : 0;
}

}  // namespace

void add_check(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "check", text("Ask the source whether a newer version exists (then exit status 100)"));
  auto lists = std::make_shared<bool>(false);
  verb.add_flag("--list", *lists, text("Only list the versions that the source offers"));
  verb.add_examples(
      "  xppkg -C /opt/app check; [ $? = 100 ] && echo newer\n  xppkg -C /opt/app check --list");
  verb.callback([&context, lists] {
    context.run = [&context, lists] { return *lists ? list(context) : check(context); };
  });
}

}  // namespace xppkg::cli
