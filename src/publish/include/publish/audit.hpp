#pragma once

#include "publish/policy.hpp"
#include "publish/repository.hpp"

namespace xppkg::publish {

/// Something in a repository that a client would refuse or miss.
struct Problem {
  std::string path;
  std::string error;  ///< id of the error: "trust.hash", "repository.invalid"
};

struct Audit {
  std::uint64_t roots = 0;  ///< versions of root; a client was played from each
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<Problem> problems;
  std::vector<ExpiryWarning> warnings;
};

/// Reads everything that a client could: all metadata, once from every root since the first, every
/// manifest, and every byte of every payload against its blocks. A root from which a client cannot
/// reach the newest metadata is a problem. Throws Error{trust_*, repository_invalid} if even a
/// client with the newest root refuses the metadata.
Audit verify_repository(fs::FileSystem& disk, const RepositoryLayout& layout, const Policy& policy,
                        trust::Time now, Observer& observer);

}  // namespace xppkg::publish
