#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

using nlohmann::json;

json to_json(const std::vector<HistoryItem>& items) {
  json list = json::array();
  for (const HistoryItem& item : items) {
    list.push_back({{"at", item.at},
                    {"action", item.action},
                    {"from", item.from},
                    {"to", item.to},
                    {"result", item.result},
                    {"bytes", item.bytes}});
  }
  return list;
}

}  // namespace

void add_history(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand("history", text("Show what was done in this folder"));
  verb.add_examples("  xppkg -C /opt/app history");
  verb.callback([&context] {
    context.run = [&context] {
      const auto items = Updater(context.folder).history();
      if (context.output_options.json) {
        print(to_json(items));
        return 0;
      }
      if (Updater(context.folder).is_broken_off()) say_broken_off(context.folder);
      if (items.empty()) say(text("Nothing was done here yet."));
      for (const HistoryItem& item : items) {
        print(fmt::format("{}  {:<8} {:>12} -> {:<12} {:<20} {:>10}", item.at, item.action,
                          item.from.empty() ? "-" : item.from, item.to.empty() ? "-" : item.to,
                          item.result, human_bytes(item.bytes)));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
