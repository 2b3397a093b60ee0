#include "publish/refresh.hpp"

#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;

int run(const Context& context, const publish::RefreshOptions& options) {
  publish::KeyRing keys = context.open_keys();
  const auto refreshed =
      publish::refresh_repository(fs::native(), context.layout(), keys, options, now());
  json list = json::array();
  for (const auto& one : refreshed) {
    const std::string expires = trust::format_time(one.expires);
    list.push_back({{"role", one.role}, {"version", one.version}, {"expires", expires}});
    // For cron: what went well is told to people only.
    if (!context.output_options.json && cli::stderr_is_terminal()) {
      cli::say(text("Signed again: {} {}, valid until {}", one.role, one.version, expires));
    }
  }
  const json warnings = tell_expiry(context);
  if (context.output_options.json) cli::print(json{{"signed", list}, {"warnings", warnings}});
  return 0;
}

}  // namespace

void add_refresh(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "refresh", text("Sign the timestamp again, and the snapshot when it is due: for cron"));
  auto options = std::make_shared<publish::RefreshOptions>();
  add_repository(verb, context);
  verb.add_flag("--snapshot", options->snapshot, text("The snapshot too, due or not"));
  verb.add_option("--role", options->roles,
                  text("targets or a package, signed again unchanged (may be repeated)"))
      .one_each()
      .type_name("ROLE");
  add_keys(verb, context);
  verb.add_examples(
      "  xppkg-release refresh /srv/releases --passphrase-file /etc/xppkg/secret\n"
      "  xppkg-release refresh /srv/releases --role targets --role app");
  verb.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace xppkg::release_tool
