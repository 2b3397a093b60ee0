#include "cli/elevation.hpp"
#include "verbs.hpp"

namespace xppkg::delta_tool {

fs::Path input_path(const std::string& argument) {
  return output_path(cli::real_path(argument));
}

fs::Path output_path(const std::string& argument) {
  if (argument.empty()) throw Error(Code::usage_invalid, {{"reason", "an empty name"}});
  auto path = std::filesystem::absolute(fs::from_utf8(argument)).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "new/" is "new"
  return path;
}

}  // namespace xppkg::delta_tool
