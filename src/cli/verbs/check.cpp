#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

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

}  // namespace

void add_check(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "check", text("Ask the source whether a newer version exists (then exit status 100)"));
  verb.add_examples("  xppkg -C /opt/app check; [ $? = 100 ] && echo newer");
  verb.callback([&context] {
    context.run = [&context] {
      CheckResult result;
      {
        ConsoleObserver observer(context.output_options);
        result = Updater(context.folder).check(observer);
      }
      if (context.output_options.json) {
        print(nlohmann::json{{"installed", result.installed},
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
    };
  });
}

}  // namespace xppkg::cli
