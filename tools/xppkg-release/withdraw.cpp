#include "release_change_output.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;

int run(const Context& context, const publish::ReleaseChoice& choice) {
  const auto layout = context.layout();
  auto keys = context.open_keys();
  const auto result = publish::withdraw_release(fs::native(), layout, keys, choice, now());
  const auto warnings = tell_expiry(context);
  if (context.output_options.json) {
    auto json = to_json(result);
    json["warnings"] = warnings;
    cli::print(json);
    return 0;
  }
  for (const auto& release : result.releases) {
    cli::say(text("{} {} ({}) is no longer offered.", release.package, release.version,
                  release.platform));
  }
  cli::say(text("{} files removed, {} freed.", result.files, cli::human_bytes(result.bytes)));
  tell_deserted(result.deserted);
  return 0;
}

}  // namespace

void add_withdraw(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand("withdraw", text("Stop offering a release"));
  auto choice = std::make_shared<publish::ReleaseChoice>();
  add_repository(verb, context);
  add_release_choice(verb, *choice);
  add_keys(verb, context);
  verb.add_examples("  xppkg-release withdraw /srv/releases --package app 4.07.0012");
  verb.callback(
      [&context, choice] { context.run = [&context, choice] { return run(context, *choice); }; });
}

}  // namespace xppkg::release_tool
