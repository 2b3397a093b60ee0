#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace xppkg::cli {

/// English texts and their German translations, made from po/de.po at build time.
std::span<const std::pair<std::string_view, std::string_view>> catalogue_de();
/// Names of facts, and reasons: made from po/de-facts.po.
std::span<const std::pair<std::string_view, std::string_view>> catalogue_de_facts();

}  // namespace xppkg::cli
