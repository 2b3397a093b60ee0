#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xppkg::trust {

/// Any text of 1 to 255 bytes without control characters that is none of TUF's own four roles. It
/// is never used as a path: see below.
bool is_delegated_role_name(std::string_view name);

/// The name of a role's metadata at a source: "3.root.json", "timestamp.json", "1.a%2Fb.json". All
/// but A-Z a-z 0-9 . _ ~ - is percent-encoded, so that no name leads out of the metadata's folder.
std::string metadata_file(std::string_view role, std::uint64_t version);
std::string metadata_file(std::string_view role);

/// The name under which a client keeps a role's metadata: the same without a version. Capital
/// letters are encoded too, for disks that do not tell "App" from "app"; very long names become
/// their hash.
std::string cache_file(std::string_view role);

/// A target's path at a source, encoded part by part. `prefix`: put before the file's name as
/// consistent snapshots have it; "" for none. Throws Error{trust_malformed} for a path that is
/// empty, begins with "/", or has an empty part, "." or "..".
std::string target_file(std::string_view path, std::string_view prefix);

}  // namespace xppkg::trust
