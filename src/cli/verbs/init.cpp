#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {

void add_init(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand("init", text("Set a folder up for updates"));
  auto options = std::make_shared<InitOptions>();
  verb.add_option(
          "--source", options->sources,
          text("Where releases are published: https://, http:// or file: (may be repeated)"))
      .required()
      .one_each()
      .type_name("URL");
  verb.add_option("--root", options->root_file, text("The vendor's root.json"))
      .required()
      .type_name("FILE");
  verb.add_option("--package", options->package, text("Name of the package")).required();
  verb.add_option("--channel", options->channel, text("Channel (default: stable)"));
  verb.add_option("--platform", options->platform, text("Platform (default: this computer's)"));
  verb.add_option("--database", options->database, text("The site's database: sqlite:PATH"))
      .type_name("URL");
  verb.add_option("--workstation", options->workstation,
                  text("Name of this workstation (default: the computer's name)"));
  verb.add_option("--proxy", options->proxy,
                  text("http://[user:password@]host:port, or none (default: the environment's)"));
  verb.add_option("--ca-file", options->ca_file,
                  text("PEM file of certificates to trust instead of the system's"))
      .type_name("FILE");
  verb.add_option("--keep", options->keep_releases,
                  text("How many earlier versions to keep for rollback"))
      .shows_default();
  verb.add_option("--keep-bytes", options->keep_bytes, text("Maximum size of their files"))
      .size(0)
      .type_name("SIZE");
  verb.add_option("--confirm-within", options->confirm_starts,
                  text("Roll back an update that was not confirmed within so many starts"))
      .type_name("N");
  verb.add_examples(
      "  xppkg -C /opt/app init --source https://example.com/releases \\\n"
      "      --root root.json --package app --database sqlite:/srv/site/app.db");
  verb.callback([&context, options] {
    context.run = [&context, options] {
      options->folder = context.folder;
      ConsoleObserver observer(context.output_options);
      Updater::init(*options, observer);
      if (context.output_options.json) {
        print(nlohmann::json{{"folder", context.folder}, {"package", options->package}});
      } else {
        say(text("{} is set up for {}. Next: xppkg -C {} install", context.folder, options->package,
                 shell_word(context.folder)));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
