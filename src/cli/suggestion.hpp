#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xppkg::cli {

/// The one of the `known` commands or options that somebody probably meant: the usual other name of
/// it, a beginning of it, or a few letters off. Empty: none.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace xppkg::cli
