#include "gate.hpp"

#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"

namespace xppkg::cli {
namespace {

using State = GateResult::State;

nlohmann::json to_json(const GateResult& gate) {
  return {{"state", to_string(gate.state)},
          {"may_run", gate.may_run},
          {"asks", gate.asks},
          {"held", gate.held},
          {"policy", policy_text(gate.policy)},
          {"installed", gate.installed},
          {"released", gate.released},
          {"counter", gate.counter},
          {"decided_by", gate.decided_by},
          {"decided_at", gate.decided_at},
          {"workstation", gate.workstation},
          {"note", gate.note},
          {"cause", gate.cause},
          {"error_id", gate.error ? info(*gate.error).id : ""}};
}

std::string describe_ok(const GateResult& gate) {
  if (gate.released.empty() && gate.installed.empty())
    return text("Nothing was released here yet.");
  if (gate.released.empty())
    return text("Nothing was released here yet: {} may run.", gate.installed);
  return text("{} is the released version.", gate.installed);
}

}  // namespace

int exit_status(GateResult::State state) {
  switch (state) {
    case State::ok:
      return 0;
    case State::outdated:
      return 9;
    case State::pilot:
      return 10;
    case State::held:
      return 12;
    case State::unreachable:
      return 11;
  }
  return 1;
}

std::string describe(const GateResult& gate) {
  const std::string installed = gate.installed.empty() ? "-" : gate.installed;
  switch (gate.state) {
    case State::ok:
      return describe_ok(gate);
    case State::outdated:
      return describe_outdated(gate.installed, gate.released);
    case State::pilot:
      return text("Test on this workstation: {} is installed, {} is released.", installed,
                  gate.released.empty() ? "-" : gate.released);
    case State::held:
      return text("{} is installed; the release of {} is on hold.", installed, gate.released);
    case State::unreachable:
      return std::string(tr(info(gate.error.value_or(Code::database_unreachable)).text)) + " " +
             tr_value(gate.cause);
  }
  return {};
}

void add_gate(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "gate", text("May this workstation open the site's data? ok 0, outdated 9, pilot 10, "
                   "unreachable 11, held 12"));
  verb.add_examples("  xppkg -C /opt/app gate\n  xppkg -C /opt/app --json gate");
  verb.callback([&context] {
    context.run = [&context] {
      ConsoleObserver observer(context.output_options);
      const GateResult gate = Site(context.folder).gate(observer);
      if (context.output_options.json) {
        print(to_json(gate));
      } else {
        print(describe(gate));
        print_text(gate.note);
      }
      return exit_status(gate.state);
    };
  });
}

}  // namespace xppkg::cli
