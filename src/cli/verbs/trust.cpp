#include <nlohmann/json.hpp>

#include "verbs.hpp"
#include "xppkg/trusted_folders.hpp"

namespace xppkg::cli {
namespace {

struct Trust {
  std::string folder;
  bool removes = false;
  bool lists = false;
};

void list(const OutputOptions& output_options) {
  const auto folders = trusted_folders();
  if (output_options.json) return print(nlohmann::json{{"trusted", folders}});
  if (folders.empty()) say(text("No folder is trusted beyond its owner and rights."));
  for (const std::string& folder : folders) print(folder);
}

void remove(const std::string& folder, const OutputOptions& output_options) {
  const bool was_there = distrust_folder(folder);
  const bool stays = administrators_trust(folder);
  if (output_options.json) {
    return print(nlohmann::json{{"removed", was_there}, {"by_administrators", stays}});
  }
  if (stays) {
    return say(text("{} stays trusted: an administrator's list in /etc/xppkg/trusted.d names it.",
                    folder));
  }
  say(was_there ? text("{} is no longer trusted.", folder)
                : text("{} was not in the list.", folder));
}

int run(const FolderContext& context, const Trust& trust) {
  const std::string folder = trust.folder.empty() ? context.folder : trust.folder;
  if (trust.lists) {
    list(context.output_options);
  } else if (trust.removes) {
    remove(folder, context.output_options);
  } else {
    const std::string path = trust_folder(folder);
    if (context.output_options.json) {
      print(nlohmann::json{{"folder", path}});
    } else {
      say(text("{} is trusted from now on: whoever may write it decides what your runs do there.",
               path));
    }
  }
  return 0;
}

}  // namespace

void add_trust(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "trust", text("Trust a folder that others own or may write, for this user"));
  auto trust = std::make_shared<Trust>();
  verb.add_option("DIR", trust->folder, text("The folder (default: that of -C)"));
  const auto removes = verb.add_flag("--remove", trust->removes, text("No longer trust it"));
  verb.add_flag("--list", trust->lists, text("Show the folders that this user trusts"))
      .excludes(removes);
  verb.add_examples(
      "  xppkg trust /srv/app\n"
      "  xppkg trust --list\n"
      "  xppkg trust --remove /srv/app");
  verb.callback(
      [&context, trust] { context.run = [&context, trust] { return run(context, *trust); }; });
}

}  // namespace xppkg::cli
