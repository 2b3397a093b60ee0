#include "site_key_options.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {

nlohmann::json to_json(const ReleaseResult& result) {
  return {{"version", result.version},
          {"previous", result.previous},
          {"counter", result.counter},
          {"changed", result.changed},
          {"files", result.files},
          {"bytes", result.bytes},
          {"uploaded", result.uploaded},
          {"downloaded", result.downloaded},
          {"policy", policy_text(result.policy)},
          {"held", result.held},
          {"key", result.key},
          {"site", result.site}};
}

void show_signed(const ReleaseResult& result) {
  if (!result.changed || result.key.empty()) return;
  say(text("Signed: decision {}, version {}, {}.", result.counter, result.version,
           result.held ? text("on hold") : policy_text(result.policy)));
  say(text("Signed with key {} for site {}.", result.key, result.site));
}

void show(const ReleaseResult& result, const OutputOptions& output_options) {
  if (output_options.json) return print(to_json(result));
  if (!result.changed) return say(text("{} is the released version already.", result.version));
  say(result.previous.empty() ? text("Released {} for all workstations.", result.version)
                              : text("Released {} for all workstations (before: {}).",
                                     result.version, result.previous));
  show_signed(result);
}

void add_release(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "release", text("Release a version for all workstations: write it into the site's database"));
  auto options = std::make_shared<ReleaseOptions>();
  auto policy = std::make_shared<std::string>(id(options->policy));
  verb.add_option("VERSION", options->version, text("Default: the installed version"));
  verb.add_option(
          "--policy", *policy,
          text("required: without the update, the program must not start; recommended: it may"))
      .choices({"required", "recommended"})
      .shows_default();
  verb.add_option("--note", options->note, text("The reason, shown to users")).type_name("TEXT");
  verb.add_option("--after", options->after,
                  text("Give the decision a number above this one, which workstations have seen"))
      .type_name("NUMBER");
  const auto key = add_site_key_options(verb);
  verb.add_examples(
      "  xppkg -C /opt/app release\n  xppkg -C /opt/app release 4.07.0011 --note \"4.07.0012 "
      "prints wrong totals\"");
  verb.callback([&context, options, policy, key] {
    context.run = [&context, options, policy, key] {
      options->policy = policy_of(*policy).value();  // One of the choices.
      options->key = *key;
      ReleaseResult result;
      {
        ConsoleObserver observer(context.output_options);
        result = Site(context.folder).release(*options, observer);
      }
      show(result, context.output_options);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
