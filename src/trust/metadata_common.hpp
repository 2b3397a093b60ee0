#pragma once

#include "trust/metadata.hpp"

namespace xppkg::trust {

/// Checks "_type" and "spec_version" and reads what every role has.
Fields open_role(const Json& json, const char* type, Common& common);
Json start_role(const char* type, const Common& common);

FileMeta read_file_meta(const Fields& fields);
Json write_file_meta(const FileMeta& meta);
Sha256 read_sha256(const Fields& fields);

/// Keys by their ids, and the choice of a role among them.
using KeyMap = std::map<std::string, PublicKey>;
KeyMap read_keys(const Json& json, const Fields& where);
RoleKeys read_role_keys(const Fields& role, const KeyMap& keys);
void write_keys(Json& keys, const RoleKeys& role);
Json write_role_keys(const RoleKeys& role);

}  // namespace xppkg::trust
