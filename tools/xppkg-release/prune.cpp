#include "publish/prune.hpp"

#include <nlohmann/json.hpp>

#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;

json to_json(const publish::PruneResult& result, bool dry_run) {
  json releases = json::array();
  for (const auto& release : result.releases) {
    releases.push_back({{"version", release.version},
                        {"platform", release.platform},
                        {"stays_as_step", release.is_step}});
  }
  json deltas = json::array();
  for (const auto& delta : result.deltas) {
    deltas.push_back({{"from", delta.from}, {"to", delta.to}, {"platform", delta.platform}});
  }
  json files = json::array();
  for (const auto& file : result.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}});
  }
  return {{"changed", result.changed() && !dry_run},
          {"dry_run", dry_run},
          {"releases", releases},
          {"deltas", deltas},
          {"files", files},
          {"bytes", result.bytes}};
}

void show(const publish::PruneResult& result, bool dry_run) {
  for (const auto& release : result.releases) {
    cli::print(release.is_step ? text("release {} ({}), except as a step between others",
                                      release.version, release.platform)
                               : text("release {} ({})", release.version, release.platform));
  }
  for (const auto& delta : result.deltas) {
    cli::print(text("delta {} -> {} ({})", delta.from, delta.to, delta.platform));
  }
  for (const auto& file : result.files) {
    cli::print(text("file {}: {}", file.path, cli::human_bytes(file.bytes)));
  }
  if (!result.changed()) return cli::say(text("There is nothing to prune."));
  const std::string bytes = cli::human_bytes(result.bytes);
  cli::say(dry_run ? text("{} files would go, {} would be freed. Nothing was changed.",
                          result.files.size(), bytes)
                   : text("{} files removed, {} freed.", result.files.size(), bytes));
}

publish::PruneResult prune(const Context& context, const publish::PruneOptions& options) {
  const auto layout = context.layout();
  if (options.dry_run) {
    return publish::prune_package(fs::native(), layout, nullptr, options, now());
  }
  auto keys = context.open_keys();
  return publish::prune_package(fs::native(), layout, &keys, options, now());
}

}  // namespace

void add_prune(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "prune", text("Remove old releases, and all files that no kept release needs"));
  auto options = std::make_shared<publish::PruneOptions>();
  add_repository(verb, context);
  verb.add_option("--package", options->package, text("Name of the package")).required();
  verb.add_option("--keep", options->keep,
                  text("How many of the newest releases to keep, for each platform and channel"))
      .required();
  verb.add_flag("--dry-run", options->dry_run, text("Only show what would be removed"));
  add_keys(verb, context);
  verb.add_examples(
      "  xppkg-release prune /srv/releases --package app --keep 10 --dry-run\n"
      "  xppkg-release prune /srv/releases --package app --keep 10");
  verb.callback([&context, options] {
    context.run = [&context, options] {
      const auto result = prune(context, *options);
      if (context.output_options.json) {
        cli::print(to_json(result, options->dry_run));
      } else {
        show(result, options->dry_run);
      }
      return 0;
    };
  });
}

}  // namespace xppkg::release_tool
