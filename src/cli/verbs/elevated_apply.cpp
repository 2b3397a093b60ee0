#include "cli/apart.hpp"
#include "elevated_wire.hpp"
#include "verbs.hpp"
#include "xppkg/elevated.hpp"

namespace xppkg::cli {
namespace {

struct Step {
  Order order;
  unsigned wait = 0;
};

int run(const std::string& folder, const Step& step) {
  try {
    WireObserver observer;
    write_result(carry_out(step.order, folder, std::chrono::seconds(step.wait), observer));
    return 0;
  } catch (const Error& error) {
    write_error(error);
    return info(error.code()).exit_status;
  }
}

}  // namespace

void add_elevated_apply(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand("elevated-apply", "");
  verb.hide();  // `apply --elevate` runs it, people do not.
  auto step = std::make_shared<Step>();
  verb.add_option("--to", step->order.version).required();
  verb.add_option("--decision", step->order.decision);
  verb.add_flag("--on-purpose", step->order.is_pilot);
  verb.add_option("--files", step->order.files);
  verb.add_option("--decided-at", step->order.decided_at);
  verb.add_option("--wait", step->wait).range(0, 86'400);
  verb.callback([&context, step] {
    context.run = [&context, step] {
      return run_apart([&] { return run(context.folder, *step); });
    };
  });
}

}  // namespace xppkg::cli
