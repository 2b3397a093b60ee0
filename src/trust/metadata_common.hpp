#pragma once

#include <optional>

#include "trust/metadata.hpp"

namespace xppkg::trust {

/// Checks "_type" and "spec_version" and reads what every role has.
Fields open_role(const Json& json, const char* type, Common& common);
Json start_role(const char* type, const Common& common);

FileMeta read_file_meta(const Fields& fields);
Json write_file_meta(const FileMeta& meta);

/// Keys by the ids under which they are listed; none for a key that cannot count: its scheme is not
/// allowed or known, or the id is not its own.
using KeyMap = std::map<std::string, std::optional<PublicKey>>;
KeyMap read_keys(const Json& json, const Fields& where, Schemes allowed);
/// The choice of a role among them.
RoleKeys read_role_keys(const Fields& role, const KeyMap& keys);
void write_keys(Json& keys, const RoleKeys& role);
Json write_role_keys(const RoleKeys& role);

}  // namespace xppkg::trust
