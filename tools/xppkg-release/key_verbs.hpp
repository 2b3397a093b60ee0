#pragma once

#include "publish/key_changes.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {

void add_key_list(const cli::Command& group, Context& context);

/// Tells what a change of keys did. `draft`: the file of the draft, if one was written.
void tell(const Context& context, const publish::KeyChange& change, const std::string& draft);

}  // namespace xppkg::release_tool
