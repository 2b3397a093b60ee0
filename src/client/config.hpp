#pragma once

#include <string>
#include <vector>

#include "fs/authorship.hpp"
#include "install/layout.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::client {

/// DIR/.xppkg/config.json. Documented in manifests/FORMAT.md §7.
struct Config {
  std::vector<std::string> sources;
  std::string package;
  std::string channel;
  std::string platform;
  std::string database;
  std::string workstation;
  std::string proxy;
  std::string ca_file;
  std::uint64_t keep_releases = 1;
  std::uint64_t keep_bytes = kKeepBytes;
  std::uint64_t confirm_starts = 0;
  fs::Authors authors;  ///< of the file that it was read from
};

/// Checks every value. Throws Error{usage_invalid}.
Config config_from(const InitOptions& options);
/// The configuration with the changes. Checks every value. Throws Error{usage_invalid}.
Config changed(Config config, const SettingsChange& change);
std::string write_config(const Config& config);
/// The part that everybody who starts the program may read.
Config without_passwords(Config config);
/// DIR/.xppkg/passwords.json: the addresses with their passwords, for users whom its mode lets
/// read. Empty: there are none.
std::string write_passwords(const Config& config);
/// Puts the passwords of such a file into the addresses that it names. Throws Error{corrupt_state}.
void add_passwords(ByteView passwords, Config& config);
/// Loads it with the passwords that this user may read. Throws Error{usage_not_installation,
/// corrupt_state}.
Config load_config(fs::FileSystem& disk, const install::Layout& layout);

/// Writes config.json, and before it passwords.json, which keeps its mode. Throws
/// Error{rights_denied} where passwords would be lost that this user may not read.
void save_config(fs::FileSystem& disk, const install::Layout& layout, const Config& config);

}  // namespace xppkg::client
