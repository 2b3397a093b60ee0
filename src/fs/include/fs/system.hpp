#pragma once

#include <string>

#include "fs/file_system.hpp"

namespace xppkg::fs {

/// This computer's name in its network; empty where the system does not tell.
std::string host_name();

/// The folder where the programs of this user keep their data; empty where he has none. It may be
/// missing.
Path users_data_folder();

/// A name for a folder among the system's temporary files, which nobody can have guessed.
Path temporary_name();

}  // namespace xppkg::fs
