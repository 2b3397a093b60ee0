#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace xppkg::cli {

/// English texts and their German translations, made from po/de.po at build time.
std::span<const std::pair<std::string_view, std::string_view>> catalogue_de();

}  // namespace xppkg::cli
