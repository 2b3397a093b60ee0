#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::cli {
namespace {

/// Values as the command line has them.
struct Options {
  std::vector<std::string> sources;
  SettingsChange change;
};

void add_options(const Command& verb, Options& options) {
  SettingsChange& change = options.change;
  verb.add_option("--source", options.sources,
                  text("In place of all sources (may be repeated): https://, http:// or file:"))
      .one_each()
      .type_name("URL");
  verb.add_option("--channel", change.channel, text("Channel"));
  verb.add_option("--database", change.database,
                  text("The site's database; an empty text for none"))
      .type_name("URL");
  verb.add_option("--workstation", change.workstation,
                  text("Name of this workstation (an empty text: the computer's name)"));
  verb.add_option("--proxy", change.proxy,
                  text("http://[user:password@]host:port, or none (default: the environment's)"));
  verb.add_option("--ca-file", change.ca_file,
                  text("PEM file of certificates to trust instead of the system's"))
      .type_name("FILE");
  verb.add_option("--keep", change.keep_releases,
                  text("How many earlier versions to keep for rollback"));
  verb.add_option("--keep-bytes", change.keep_bytes, text("Maximum size of their files"))
      .size(0)
      .type_name("SIZE");
  verb.add_option("--confirm-within", change.confirm_starts,
                  text("Roll back an update that was not confirmed within so many starts"))
      .type_name("N");
}

}  // namespace

void add_configure(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand("configure", text("Change settings that init has made"));
  auto options = std::make_shared<Options>();
  add_options(verb, *options);
  verb.add_examples(
      "  xppkg -C /opt/app configure --database postgresql://pc@db/site\n"
      "  xppkg -C /opt/app configure --proxy none --keep 2");
  verb.callback([&context, options] {
    context.run = [&context, options] {
      if (!options->sources.empty()) options->change.sources = options->sources;
      Updater updater(context.folder);
      updater.configure(options->change);
      if (context.output_options.json) {
        print(nlohmann::json{{"folder", context.folder}});
      } else {
        say(text("The settings of {} are changed.", context.folder));
      }
      return 0;
    };
  });
}

}  // namespace xppkg::cli
