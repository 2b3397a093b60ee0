#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "base/entry.hpp"
#include "base/json.hpp"
#include "trust/time.hpp"
#include "trust/verified_bytes.hpp"
#include "xppkg/version.hpp"

namespace xppkg::manifest {

/// The most bytes of a manifest that are read.
inline constexpr std::uint64_t kMaxBytes = 64 * 1024 * 1024;

/// A full package or a delta that leads to this release.
struct Payload {
  std::string path;             ///< its target path
  std::string from;             ///< the base's version; empty: a full package
  std::optional<Blake2b> base;  ///< the base's tree; none: a full package
  std::vector<Block> blocks;    ///< in order; they make up the whole file

  /// The size of the whole file. Throws Error{limit_exceeded} where the blocks add up to over 64
  /// bits.
  [[nodiscard]] std::uint64_t size() const;
};

/// The signed list of a release's files. Source: manifests/FORMAT.md §5.
struct Manifest {
  std::string package;
  Version version;
  std::string platform;
  trust::Time released = 0;
  std::string notes;  ///< what is new, for people; UTF-8 plain text
  Blake2b tree;       ///< tree_digest(entries)
  Entries entries;    ///< sorted and checked
  std::vector<Payload> payloads;

  [[nodiscard]] const Payload* payload(const std::string& path) const;
};

/// Throws Error{trust_malformed, unsupported_format, tree_unsafe_name, tree_unsafe_entry}.
Manifest parse(const trust::VerifiedBytes& bytes);
/// The value to be signed.
Json to_json(const Manifest& manifest);

/// Names of packages: lower-case letters, digits, "-", "_", ".", beginning with a letter or digit,
/// at most 64. Throws Error{usage_invalid}.
void check_package_name(const std::string& name);
/// "any", or words of lower-case letters, digits and "_" joined by "-": "linux-x86_64". Throws
/// Error{usage_invalid}.
void check_platform_name(const std::string& name);
/// Lower-case letters, digits and "-", at most 32. Throws Error{usage_invalid}.
void check_channel_name(const std::string& name);

}  // namespace xppkg::manifest
