#pragma once

#include <map>
#include <optional>
#include <string>

#include "trust/trusted_set.hpp"

namespace xppkg::trust {

/// The source of new metadata. Implementations do the input; this room does none.
class MetadataSource {
 public:
  virtual ~MetadataSource() = default;
  /// A file of the metadata folder ("3.root.json"), at most `limit` bytes; nothing if there is
  /// none.
  virtual std::optional<Bytes> fetch(const std::string& file, std::uint64_t limit) = 0;
};

/// The client's store of trusted metadata, byte for byte as it came.
class MetadataCache {
 public:
  virtual ~MetadataCache() = default;
  virtual std::optional<Bytes> load(const std::string& role) = 0;
  /// Replaces a role's file at once or not at all.
  virtual void save(const std::string& role, ByteView bytes) = 0;
  virtual void remove(const std::string& role) = 0;
};

/// A target and what the role that answers for it says.
struct FoundTarget {
  std::string path;
  Target target;
};

/// One run of TUF's client workflow (specification 1.0.34, §5) in its order: what is asked for,
/// checked and saved, and when. A role is saved after its checks and before the next is asked for;
/// no file is asked for twice. After an error the run is over, and saved metadata is sound.
class Workflow {
 public:
  /// Starts from the trusted root; nothing is read yet. Both interfaces must outlive the run.
  Workflow(ByteView trusted_root, Moment now, Schemes allowed, MetadataSource& source,
           MetadataCache& cache);

  /// §5.3 to §5.6.6: root, timestamp, snapshot, targets. Throws Error{trust_*, notfound_file}.
  void refresh();
  /// The metadata of a role that the top-level targets role delegates to. Throws
  /// Error{notfound_package} if it does not.
  const Targets& delegated(const std::string& role);
  /// §5.6.7: the first role that speaks for the path, in pre-order, depth first. Nothing if none
  /// does, or after Limits::roles_visited roles. refresh() must have run.
  std::optional<FoundTarget> find_target(const std::string& path);

  [[nodiscard]] const TrustedSet& trusted() const { return set_; }
  /// Ends the run.
  TrustedSet take() && { return std::move(set_); }

 private:
  void roots();
  void timestamp();
  void snapshot();
  const Targets& role(const RoleChain& chain);
  void update(const RoleChain& chain, ByteView bytes);
  [[nodiscard]] std::string file_of(const std::string& role, std::uint64_t version) const;
  Bytes fetch(const std::string& file, std::uint64_t limit);

  TrustedSet set_;
  MetadataSource& source_;
  MetadataCache& cache_;
  std::map<std::string, Bytes> fetched_;  // roles of this run, for another delegator of the same
};

}  // namespace xppkg::trust
