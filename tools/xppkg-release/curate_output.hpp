#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "publish/curate.hpp"

namespace xppkg::release_tool {

/// The options --package and --platform, and the argument VERSION.
void add_release_choice(CLI::App& verb, publish::ReleaseChoice& choice);

nlohmann::json to_json(const std::vector<publish::PlatformChannel>& channels);
nlohmann::json to_json(const publish::CurateResult& result);
/// Tells which channels have nothing to offer now.
void tell_deserted(const std::vector<publish::PlatformChannel>& channels);

}  // namespace xppkg::release_tool
