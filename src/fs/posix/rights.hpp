#pragma once

#include <string>
#include <vector>

#include "fs/file_system.hpp"
#include "resolved_path.hpp"

namespace xppkg::fs {

/// Where an administrator (root) has made `number` at `place` in a folder of another user:
/// gives it to that user. Elsewhere nothing happens, and where the system refuses it stays as it
/// is.
void give_to_owner_of_folder(int number, const ResolvedPath& place);
/// The same of a name that was just made. Something else that has come there since is left alone.
void give_to_owner_of_folder(const ResolvedPath& place, Kind kind);

/// FileSystem::inherit. `path` is `to` for messages.
std::vector<std::string> inherit_rights(const ResolvedPath& from, const ResolvedPath& to,
                                        const Path& path, std::uint32_t mode);

/// FileSystem::exchange: false with `errno`.
bool exchange_names(const ResolvedPath& one, const ResolvedPath& other);

/// FileSystem::rename_to_free: false with `errno`, which is EEXIST where the name is taken.
bool rename_without_replacing(const ResolvedPath& from, const ResolvedPath& to);

}  // namespace xppkg::fs
