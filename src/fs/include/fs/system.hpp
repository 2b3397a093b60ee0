#pragma once

#include <cstdint>
#include <string>

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// This computer's name in its network; empty where the system does not tell.
std::string host_name();

/// The name of this user as the system knows it, whatever the environment says; "uid NUMBER" where
/// it has none for him.
std::string user_name();

/// The number of this process, as Holder::pid has it of others.
std::uint64_t process_number();

/// The folder where the programs of this user keep their data; empty where he has none. It may be
/// missing.
Path users_data_folder();

/// The folder where the programs of this user keep his settings; empty where he has none. It may be
/// missing. For root it is root's own, whatever the environment says, because sudo and su may leave
/// the caller's variables.
Path users_settings_folder();

/// The folder where administrators keep settings for all users.
Path systems_settings_folder();

/// The path as the system understands it: absolute, and each link and each ".." followed where it
/// stands. Missing names at its end are kept. Throws Error{io_failed, rights_denied}.
Path real_path(const Path& path);

/// A name for a folder among the system's temporary files, which nobody can have guessed.
Path temporary_name();

}  // namespace xppkg::fs
