#include "site_key_options.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

ReleaseResult change(const FolderContext& context, bool held, const ReleaseOptions& options) {
  ConsoleObserver observer(context.output_options);
  Site site(context.folder);
  return held ? site.hold(options) : site.unhold(options, observer);
}

void add(const Command& app, FolderContext& context, bool held, const char* name,
         const std::string& about) {
  const Command verb = app.add_subcommand(name, about);
  auto options = std::make_shared<ReleaseOptions>();
  verb.add_option("--note", options->note, text("The reason, shown to users")).type_name("TEXT");
  const auto key = add_site_key_options(verb);
  verb.add_examples(std::string("  xppkg -C /opt/app ") + name);
  verb.callback([&context, options, key, held] {
    context.run = [&context, options, key, held] {
      options->key = *key;
      const ReleaseResult result = change(context, held, *options);
      if (context.output_options.json) {
        nlohmann::json found = to_json(result);
        found["held"] = held;
        print(found);
        return 0;
      }
      if (held) {
        say(result.changed ? text("On hold: no workstation follows for now.")
                           : text("It is on hold already."));
      } else {
        say(result.changed ? text("Workstations follow again.") : text("It was not on hold."));
      }
      show_signed(result);
      return 0;
    };
  });
}

}  // namespace

void add_hold(const Command& app, FolderContext& context) {
  add(app, context, true, "hold",
      text("Let no further workstation follow the released version, until unhold"));
}

void add_unhold(const Command& app, FolderContext& context) {
  add(app, context, false, "unhold", text("Let workstations follow again"));
}

void add_test(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "test", text("Keep the installed version as a test on this workstation: answer No"));
  verb.add_examples("  xppkg -C /opt/app test");
  verb.callback([&context] {
    context.run = [&context] {
      Site(context.folder).keep_as_test();
      if (context.output_options.json) {
        print(nlohmann::json{{"test", true}});
      } else {
        say(text("It stays a test on this workstation."));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
