#pragma once

#include <cstdint>

#include "connection.hpp"
#include "site/site.hpp"

namespace xppkg::site {

inline constexpr std::uint64_t kSchemaWithPolicy = 2;
inline constexpr std::uint64_t kSchemaWithPayload = 3;
inline constexpr std::size_t kSiteId = 32;  ///< digits of hex

/// The version of the tables that are there; 0: none are. Throws Failure, also for a version that
/// makes no sense.
std::uint64_t schema_version(Connection& connection, const Backend& backend);

/// Throws Error{database_newer_schema} for tables that a newer program made.
void refuse_newer(std::uint64_t schema, const Backend& backend);

/// Brings the tables to the newest version, inside the caller's transaction. Returns the version
/// before. A database without an id gets `site`, or a new one where that is empty. Throws as the
/// two above.
std::uint64_t migrate(Connection& connection, const Backend& backend, const std::string& site);

}  // namespace xppkg::site
