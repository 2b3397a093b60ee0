#pragma once

#include "cli/program.hpp"
#include "fs/file_system.hpp"

namespace xppkg::delta_tool {

void add_diff(const cli::Command& app, cli::Context& context);
void add_apply(const cli::Command& app, cli::Context& context);
void add_show(const cli::Command& app, cli::Context& context);

/// The absolute path of a file or folder that is read: links are followed.
fs::Path input_path(const std::string& argument);
/// The absolute path of something that is to be made: a link there is something that is there.
fs::Path output_path(const std::string& argument);

}  // namespace xppkg::delta_tool
