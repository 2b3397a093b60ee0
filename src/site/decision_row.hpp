#pragma once

#include "connection.hpp"
#include "site/decision.hpp"

namespace xppkg::site {

/// How many columns `decision_columns` names.
inline constexpr std::size_t kDecisionColumns = 11;

/// The columns of xppkg_decision under the alias "d", as far as tables of this version have them;
/// constants for the others.
std::string decision_columns(const Backend& backend, std::uint64_t schema);
/// The counter of the newest row of a package that counters lead to (kMaxStep), as a subquery with
/// two "?" for the package. NULL: there is none.
std::string newest_counter(const Backend& backend);
/// Reads those columns. Throws Failure.
Decision read_decision(Fields& fields, const std::string& package);
/// True if `made` would be written as `row` was read.
bool is_same_row(const Decision& row, const Decision& written);
/// Throws Error{limit_exceeded} for a counter above kMaxCounter: it is never written.
void check_counter(std::uint64_t counter);
Statement insert_decision(const Decision& decision);

}  // namespace xppkg::site
