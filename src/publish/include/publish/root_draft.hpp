#pragma once

#include <map>
#include <string>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// The next root on its way to those who sign it: the root that it follows, the new one, and the
/// signatures so far. Needs no repository, so that it can be signed on a machine of its own.
/// Source: manifests/TRUST.md §7.
class RootDraft {
 public:
  /// Follows `base`, the current root's file: its version + 1, no signatures yet.
  RootDraft(Bytes base, trust::Root next);
  /// Throws Error{usage_invalid, trust_*} for bytes that are no draft, or whose base is not signed
  /// by itself.
  static RootDraft parse(ByteView bytes);
  [[nodiscard]] Bytes to_bytes() const;

  [[nodiscard]] const trust::Root& base() const { return base_; }
  [[nodiscard]] const trust::Root& next() const { return next_; }
  /// True if this root (a file's bytes) is the base.
  [[nodiscard]] bool follows(ByteView root) const;
  /// True if the base is this root (a file's bytes), or a later one that this one's keys signed.
  [[nodiscard]] bool is_rooted_in(ByteView known) const;
  [[nodiscard]] const Bytes& base_bytes() const { return base_bytes_; }
  /// True if this root (a file's bytes) says what the draft says.
  [[nodiscard]] bool is(ByteView root) const;

  /// Adds the signatures of all keys at hand that the old root or the new one trusts for "root",
  /// and returns the ids of those that were new. Throws Error{trust_key, usage_passphrase}.
  std::vector<std::string> sign(KeyRing& keys);
  /// How many different keys of the role "root" of that root have signed.
  [[nodiscard]] std::uint64_t signatures_of(const trust::Root& root) const;
  /// True when the old root's keys and the new root's keys have signed often enough.
  [[nodiscard]] bool is_complete() const;

  /// The file of the new root. Throws Error{trust_signature} unless a client that has the old root
  /// would take it.
  [[nodiscard]] Bytes root_file() const;

 private:
  RootDraft() = default;
  void add_signatures(const Json& list);

  Bytes base_bytes_;
  trust::Root base_;
  Json signed_;
  trust::Root next_;
  std::map<std::string, Bytes> signatures_;  // by key id
};

/// The root that the holder of these keys knows: what they signed or published last. Nothing where
/// they have done neither.
std::optional<Bytes> known_root(fs::FileSystem& disk, const KeyRing& keys);
/// From now on the keys know this draft's base.
void know_base(fs::FileSystem& disk, const KeyRing& keys, const RootDraft& draft);

/// The draft in a file. Throws Error{io_failed, usage_invalid, trust_*}.
RootDraft read_draft(fs::FileSystem& disk, const fs::Path& file);
void write_draft(fs::FileSystem& disk, const fs::Path& file, const RootDraft& draft);

}  // namespace xppkg::publish
