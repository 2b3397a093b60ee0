#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

json to_json(const StatusResult& status) {
  return {{"folder", status.folder},           {"package", status.package},
          {"channel", status.channel},         {"platform", status.platform},
          {"workstation", status.workstation}, {"sources", status.sources},
          {"database", status.database},       {"database_state", id(status.database_state)},
          {"installed", status.installed},     {"installed_at", status.installed_at},
          {"on_purpose", status.is_pilot},     {"released", status.released},
          {"last_action", status.last_action}, {"last_result", status.last_result},
          {"broken_off", status.broken_off}};
}

std::string describe_database(const StatusResult& status) {
  switch (status.database_state) {
    case DatabaseState::none:
      return text("none");
    case DatabaseState::undecided:
      return text("{} (nothing released yet)", status.database);
    case DatabaseState::unreachable:
      return text("{} (unreachable)", status.database);
    case DatabaseState::refused:
      return text("{} (its decision is refused)", status.database);
    case DatabaseState::released:
      return text("{} (released: {})", status.database, status.released);
  }
  return {};
}

void show(const StatusResult& status) {
  print_row(text("Folder"), status.folder);
  print_row(text("Package"),
            fmt::format("{} ({}, {})", status.package, status.channel, status.platform));
  print_row(text("Installed"), status.installed.empty()
                                   ? text("nothing")
                                   : fmt::format("{} ({})", status.installed, status.installed_at));
  for (const std::string& source : status.sources) print_row(text("Source"), source);
  print_row(text("Database"), describe_database(status));
  print_row(text("Workstation"), status.workstation);
  if (!status.last_action.empty()) {
    print_row(text("Last run"), status.last_action + ": " + status.last_result);
  }
  if (status.broken_off) say_broken_off(status.folder);
}

}  // namespace

void add_status(const Command& app, FolderContext& context) {
  const Command verb =
      app.add_subcommand("status", text("Show what is installed and what the site released"));
  verb.add_examples("  xppkg -C /opt/app status");
  verb.callback([&context] {
    context.run = [&context] {
      const StatusResult status = Updater(context.folder).status();
      if (context.output_options.json) {
        print(to_json(status));
      } else {
        show(status);
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
