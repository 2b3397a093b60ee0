#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"
#include "cli/terminal.hpp"
#include "verbs.hpp"
#include "xppkg/site.hpp"

namespace xppkg::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAskEvery{2};

nlohmann::json to_json(const FleetResult& fleet) {
  nlohmann::json list = nlohmann::json::array();
  for (const WorkstationItem& item : fleet.workstations) {
    list.push_back({{"workstation", item.name},
                    {"platform", item.platform},
                    {"version", item.version},
                    {"result", item.result},
                    {"seen_at", item.seen_at},
                    {"current", item.is_current},
                    {"pilot", item.is_pilot},
                    {"failed", item.has_failed},
                    {"silent", item.is_silent}});
  }
  return {{"released", fleet.released},
          {"awaited", fleet.awaited},
          {"cut", fleet.is_cut},
          {"workstations", list}};
}

std::string describe_state(const WorkstationItem& item, const std::string& released) {
  if (item.is_silent) return text("silent");
  if (item.has_failed) return text("failed: {}", item.result);
  if (item.is_current) return text("current");
  if (item.is_pilot) return text("pilot");
  if (released.empty()) return "-";
  return is_newer(item.version, released) ? text("newer than released") : text("outdated");
}

void show(const FleetResult& fleet, const OutputOptions& output_options) {
  if (output_options.json) return print(to_json(fleet));
  say(fleet.released.empty() ? text("Nothing was released here yet.")
                             : text("Released: {}", fleet.released));
  if (fleet.workstations.empty()) say(text("No workstation was seen yet."));
  for (const WorkstationItem& item : fleet.workstations) {
    print(fmt::format("{:<24} {:<16} {:<14} {}  {}", item.name, item.platform,
                      item.version.empty() ? "-" : item.version, item.seen_at,
                      describe_state(item, fleet.released)));
  }
  if (fleet.is_cut) say(text("There are more; only the most recently seen are shown."));
}

/// False: the time was over first.
bool wait(const FolderContext& context, std::uint64_t seconds, FleetResult& fleet) {
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  Site site(context.folder);
  while (true) {
    fleet = site.fleet();
    if (fleet.awaited == 0) return true;
    if (Clock::now() + kAskEvery > end) return false;
    wait_unless_cancelled(kAskEvery);
  }
}

}  // namespace

void add_fleet(const Command& app, FolderContext& context) {
  const Command verb =
      app.add_subcommand("fleet", text("Show which workstation runs which version"));
  verb.require_subcommand(0, 1);
  const Command waits =
      verb.add_subcommand("wait", text("Wait until all workstations seen within the last day run "
                                       "the released version; exit status 9 on timeout"));
  auto seconds = std::make_shared<std::uint64_t>(3600);
  waits.add_option("--timeout", *seconds, text("Maximum time to wait"))
      .type_name("SECONDS")
      .shows_default();
  waits.add_examples("  xppkg -C /opt/app fleet wait --timeout 600");
  verb.add_examples("  xppkg -C /opt/app fleet\n  xppkg -C /opt/app fleet wait --timeout 600");
  verb.callback([&context, waits, seconds] {
    const bool is_waiting = waits.is_named();
    context.run = [&context, is_waiting, seconds] {
      FleetResult fleet;
      bool is_done = true;
      if (is_waiting) {
        is_done = wait(context, *seconds, fleet);
      } else {
        fleet = Site(context.folder).fleet();
      }
      show(fleet, context.output_options);
      return is_done ? 0 : info(Code::policy_outdated).exit_status;
    };
  });
}

}  // namespace xppkg::cli
