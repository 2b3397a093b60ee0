#include "release_change_output.hpp"

#include <nlohmann/json.hpp>

#include "cli/console.hpp"

namespace xppkg::release_tool {

using cli::text;
using nlohmann::json;

void add_release_choice(const cli::Command& verb, publish::ReleaseChoice& choice) {
  verb.add_option("--package", choice.package, text("Name of the package")).required();
  verb.add_option("VERSION", choice.version, text("The version of a published release")).required();
  verb.add_option("--platform", choice.platform,
                  text("Only this platform (default: all of that version)"));
}

json to_json(const std::vector<publish::PlatformChannel>& channels) {
  json list = json::array();
  for (const auto& one : channels) {
    list.push_back({{"channel", one.channel}, {"platform", one.platform}});
  }
  return list;
}

json to_json(const publish::ReleaseChange& result) {
  json releases = json::array();
  for (const auto& release : result.releases) {
    releases.push_back({{"package", release.package},
                        {"version", release.version},
                        {"platform", release.platform}});
  }
  return {{"changed", result.changed},
          {"releases", releases},
          {"deserted", to_json(result.deserted)},
          {"files", result.files},
          {"bytes", result.bytes}};
}

void tell_deserted(const std::vector<publish::PlatformChannel>& channels) {
  for (const auto& one : channels) {
    cli::say(text("Channel {} ({}) now has no release that workstations could update to.",
                  one.channel, one.platform));
  }
}

}  // namespace xppkg::release_tool
