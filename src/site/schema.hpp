#pragma once

#include <cstdint>

#include "connection.hpp"
#include "site/site.hpp"

namespace xppkg::site {

inline constexpr std::uint64_t kSchemaWithPolicy = 2;
inline constexpr std::uint64_t kSchemaWithPayload = 3;

/// The version of the tables that are there; 0: none are. Throws Failure, also for a version that
/// makes no sense.
std::uint64_t schema_version(Connection& connection, const Backend& backend);

/// Throws Error{database_newer} for tables that a newer program made.
void refuse_newer(std::uint64_t schema, const Backend& backend);

/// Brings the tables to the newest version, inside the caller's transaction. Returns the version
/// before. Throws as the two above.
std::uint64_t migrate(Connection& connection, const Backend& backend);

}  // namespace xppkg::site
