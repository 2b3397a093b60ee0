#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::release_tool {

using cli::text;

void add_init(const cli::Command& app, Context& context) {
  const cli::Command verb =
      app.add_subcommand("init", text("Create an empty repository and its keys"));
  add_repository(verb, context);
  add_keys(verb, context);
  add_quick_passphrase(verb, context);
  verb.add_examples("  xppkg-release init /srv/releases");
  verb.callback([&context] {
    context.run = [&context] {
      context.makes_repository = true;
      const auto layout = context.layout();
      publish::KeyRing ring = context.open_keys();
      publish::create_repository(fs::native(), layout, ring, now());
      const std::string root = fs::to_utf8(layout.shipped_root());
      const std::string keys = fs::to_utf8(context.key_folder());
      if (context.output_options.json) {
        cli::print(nlohmann::json{{"root", root}, {"keys", keys}});
        return 0;
      }
      cli::say(text("Ship this file with your application: {}", root));
      cli::say(
          text("Keep these keys safe, and store root-spare.key.json somewhere else: {}", keys));
      return 0;
    };
  });
}

}  // namespace xppkg::release_tool
