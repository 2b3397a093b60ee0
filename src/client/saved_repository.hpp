#pragma once

#include <map>
#include <string>

#include "metadata.hpp"

namespace xppkg::client {

/// The newest metadata that this workstation has verified, as if a repository offered it: what a
/// release for a site is made from, and what a decision is judged by where the database has nothing
/// newer.
struct SavedRepository {
  Trusted trusted;
  /// The files of the metadata that a client with an older root reads on its way, by their names
  /// ("timestamp.json", "3.snapshot.json"); the newest root is one of them.
  std::map<std::string, Bytes> files;
};

/// Reads and verifies it anew. `times` as for MetadataStore::refresh. Throws Error{corrupt_state,
/// notfound_file, trust_*} where it is not whole.
SavedRepository load_saved_repository(fs::FileSystem& disk, const install::Layout& layout,
                                      const Config& config, const Times& times);

}  // namespace xppkg::client
