#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"
#include "trust/hashes.hpp"

namespace xppkg::trust {
struct Target;
struct Targets;
}  // namespace xppkg::trust

namespace xppkg::manifest {

/// A signed file of the repository.
struct TargetFile {
  std::string path;
  std::uint64_t size = 0;
  Sha256 sha256;
};

/// Throws Error{trust_malformed} for a target without a SHA-256.
TargetFile file_of(const std::string& path, const trust::Target& target);

/// A release as the package's role lists it.
struct Release {
  Version version;
  std::string platform;
  std::vector<std::string> channels;  ///< sorted; none for a step, and for a withdrawn release
  Blake2b tree;
  TargetFile manifest;
  std::optional<TargetFile> full;
  /// The channels that a withdrawn release was in; sorted. The vendor offers it no more, and its
  /// payloads are gone from the repository; the database of a site that decided for it has them.
  std::optional<std::vector<std::string>> withdrawn_from = {};

  [[nodiscard]] bool in_channel(const std::string& channel) const;
  [[nodiscard]] bool is_withdrawn() const { return withdrawn_from.has_value(); }
};

/// A delta from one tree to another. The versions are for people; the trees decide.
struct Delta {
  std::string from;
  std::string to;
  std::string platform;
  Blake2b base;
  Blake2b tree;
  TargetFile file;
};

/// The offer of a package's signed metadata: releases by ascending version, and deltas.
struct Catalogue {
  std::string package;
  std::optional<Version> min_version;  ///< no release below it may be installed or decided for
  std::vector<Release> releases;
  std::vector<Delta> deltas;

  /// The release of that version that is offered for the platform, else for "any"; null if there
  /// is none.
  [[nodiscard]] const Release* offered(const Version& version, const std::string& platform) const;
  /// The offered one, else a withdrawn one: where a site has decided for it, or it is installed.
  [[nodiscard]] const Release* find(const Version& version, const std::string& platform) const;
  /// The newest in a channel for the platform or "any", never below the minimum version; null if
  /// there is none.
  [[nodiscard]] const Release* newest(const std::string& channel,
                                      const std::string& platform) const;
  /// True if clients may not go to that version.
  [[nodiscard]] bool is_below_min_version(const Version& version) const {
    return min_version && version < *min_version;
  }
  /// A release with those contents, an offered one before a withdrawn one; null if there is none.
  [[nodiscard]] const Release* with_tree(const Blake2b& tree) const;
};

/// Reads the `custom` objects of a package's targets; a target of another package, or of a kind of
/// a newer version, is left out. Throws Error{trust_malformed}.
Catalogue read_catalogue(const std::string& package, const trust::Targets& targets);

/// Paths of the full packages of withdrawn releases: listed, and not in the vendor's repository.
std::set<std::string> withdrawn_packages(const Catalogue& catalogue);

/// The `custom` objects that read_catalogue takes.
Json custom_of_manifest(const Manifest& manifest, const std::vector<std::string>& channels);
/// That of a manifest's target, whose release is withdrawn from its channels.
Json custom_of_withdrawn(Json custom);
Json custom_of_payload(const Manifest& manifest, const Payload& payload);

}  // namespace xppkg::manifest
