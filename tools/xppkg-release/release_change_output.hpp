#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/command.hpp"
#include "publish/manage_releases.hpp"

namespace xppkg::release_tool {

/// The options --package and --platform, and the argument VERSION.
void add_release_choice(const cli::Command& verb, publish::ReleaseChoice& choice);

nlohmann::json to_json(const std::vector<publish::PlatformChannel>& channels);
nlohmann::json to_json(const publish::ReleaseChange& result);
/// Tells which channels have nothing to offer now.
void tell_deserted(const std::vector<publish::PlatformChannel>& channels);

}  // namespace xppkg::release_tool
