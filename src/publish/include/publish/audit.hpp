#pragma once

#include "publish/repository.hpp"

namespace xppkg::publish {

/// Something in a repository that a client would refuse or miss.
struct Problem {
  std::string path;
  std::string error;  ///< id of the error: "trust.hash", "repository.invalid"
};

struct Audit {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<Problem> problems;
};

/// Reads everything that a client could: all metadata from the first root on, every manifest, and
/// every byte of every payload against its blocks. Throws Error{trust_*, repository_invalid} when
/// the metadata itself does not hold.
Audit verify_repository(fs::FileSystem& disk, const RepositoryLayout& layout, trust::Time now,
                        Observer& observer);

}  // namespace xppkg::publish
