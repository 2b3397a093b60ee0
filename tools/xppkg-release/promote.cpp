#include "release_change_output.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;

struct Arguments {
  publish::ReleaseChoice choice;
  std::string channel;
  std::string leave;
};

int run(const Context& context, const Arguments& arguments) {
  const auto layout = context.layout();
  auto keys = context.open_keys();
  const auto result = publish::promote_release(fs::native(), layout, keys, arguments.choice,
                                               arguments.channel, arguments.leave, now());
  const auto warnings = tell_expiry(context);
  if (context.output_options.json) {
    auto json = to_json(result);
    json["warnings"] = warnings;
    json["channel"] = arguments.channel;
    cli::print(json);
    return 0;
  }
  for (const auto& release : result.releases) {
    cli::say(result.changed ? text("{} {} ({}) is in channel {} now.", release.package,
                                   release.version, release.platform, arguments.channel)
                            : text("{} {} ({}) was in channel {} already.", release.package,
                                   release.version, release.platform, arguments.channel));
  }
  tell_deserted(result.deserted);
  return 0;
}

}  // namespace

void add_promote(const cli::Command& app, Context& context) {
  const cli::Command verb =
      app.add_subcommand("promote", text("Put a published release into another channel too"));
  auto arguments = std::make_shared<Arguments>();
  add_repository(verb, context);
  add_release_choice(verb, arguments->choice);
  verb.add_option("--channel", arguments->channel, text("The channel that it joins")).required();
  verb.add_option("--from", arguments->leave, text("A channel that it leaves"))
      .type_name("CHANNEL");
  add_keys(verb, context);
  verb.add_examples(
      "  xppkg-release promote /srv/releases --package app --channel stable "
      "4.07.0012\n"
      "  xppkg-release promote /srv/releases --package app --channel stable "
      "--from beta 4.07.0012");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::release_tool
