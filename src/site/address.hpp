#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fs/file_system.hpp"

namespace xppkg::site {

/// The address of a database server, taken apart: manifests/SITE.md.
struct ServerAddress {
  std::string host;  ///< an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string user;
  std::string password;  ///< from the address itself; may be empty
  std::string database;
  std::map<std::string, std::string> options;  ///< what stands behind "?", checked

  [[nodiscard]] std::string option(const std::string& name) const;
  /// The password: from the address, else from its password-file, else from the environment's
  /// XPPKG_DATABASE_PASSWORD. Throws Failure where the file cannot be read.
  [[nodiscard]] std::string find_password(fs::FileSystem& disk) const;
};

inline constexpr const char* kPostgresqlScheme = "postgresql://";
inline constexpr const char* kMysqlScheme = "mysql://";

/// Throws Error{usage_invalid} with the facts "database" (its scheme only) and "reason".
ServerAddress parse_server(const std::string& url);

}  // namespace xppkg::site
