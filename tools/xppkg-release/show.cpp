#include "verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::release_tool {
namespace {

using cli::human_bytes;
using cli::text;
using manifest::Catalogue;
using manifest::Delta;
using manifest::Release;
using nlohmann::json;

std::vector<Delta> deltas_to(const Catalogue& catalogue, const Release& release) {
  std::vector<Delta> deltas;
  for (const Delta& delta : catalogue.deltas) {
    if (delta.to == release.version.text() && delta.platform == release.platform) {
      deltas.push_back(delta);
    }
  }
  return deltas;
}

json to_json(const Catalogue& catalogue) {
  json releases = json::array();
  for (const Release& release : catalogue.releases) {
    json deltas = json::array();
    for (const Delta& delta : deltas_to(catalogue, release)) {
      deltas.push_back({{"from", delta.from}, {"bytes", delta.file.size}});
    }
    releases.push_back({{"version", release.version.text()},
                        {"platform", release.platform},
                        {"channels", release.channels},
                        {"withdrawn", release.is_withdrawn()},
                        {"tree", release.tree.hex()},
                        {"full_bytes", release.full ? release.full->size : 0},
                        {"deltas", deltas}});
  }
  return {{"package", catalogue.package},
          {"min_version", catalogue.min_version ? catalogue.min_version->text() : ""},
          {"releases", releases}};
}

std::string payload_of(const Release& release) {
  if (release.is_withdrawn()) return text("withdrawn");
  return release.full ? human_bytes(release.full->size) : text("step");
}

void show(const Catalogue& catalogue) {
  cli::print(catalogue.min_version ? text("{} (minimum version: {})", catalogue.package,
                                          catalogue.min_version->text())
                                   : catalogue.package);
  for (const Release& release : catalogue.releases) {
    // Joined first: the width is for all of them together.
    const std::string channels = fmt::format("{}", fmt::join(release.channels, ","));
    std::string line = fmt::format("  {:<20} {:<14} {:<16} {:>10}", release.version.text(),
                                   release.platform, channels, payload_of(release));
    for (const Delta& delta : deltas_to(catalogue, release)) {
      line += "  " + text("from {}: {}", delta.from, human_bytes(delta.file.size));
    }
    cli::print(line);
  }
}

std::vector<Catalogue> read(const publish::Published& published, const std::string& package) {
  std::vector<Catalogue> catalogues;
  for (const std::string& name : published.packages) {
    if (!package.empty() && name != package) continue;
    catalogues.push_back(manifest::read_catalogue(name, published.set.delegated(name)));
  }
  if (catalogues.empty() && !package.empty()) {
    throw Error(Code::notfound_package, {{"package", package}});
  }
  return catalogues;
}

int run(const Context& context, const std::string& package) {
  const auto published = publish::read_repository(fs::native(), context.layout(), now());
  const auto catalogues = read(published, package);
  const json warnings = tell_expiry(context, published);
  if (context.output_options.json) {
    json list = json::array();
    for (const Catalogue& catalogue : catalogues) list.push_back(to_json(catalogue));
    cli::print(json{{"packages", list}, {"warnings", warnings}});
    return 0;
  }
  for (const Catalogue& catalogue : catalogues) show(catalogue);
  if (catalogues.empty()) cli::say(text("Nothing is published yet."));
  return 0;
}

}  // namespace

void add_show(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand("show", text("List packages, releases and deltas"));
  auto package = std::make_shared<std::string>();
  add_repository(verb, context);
  add_key_folder(verb, context);
  verb.add_option("PACKAGE", *package, text("Only this package"));
  verb.add_examples(
      "  xppkg-release show /srv/releases app\n"
      "  xppkg-release --json show /srv/releases");
  verb.callback([&context, package] {
    context.run = [&context, package] { return run(context, *package); };
  });
}

}  // namespace xppkg::release_tool
