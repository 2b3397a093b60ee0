#pragma once

#include <optional>
#include <string>
#include <vector>

#include "publish/repository.hpp"

namespace xppkg::publish {

/// How a change of keys is made.
struct ChangeOptions {
  /// Where root keys are elsewhere: the next root is written there as a draft, to be signed and
  /// imported. A draft that is there already and follows the current root gets this change too, and
  /// loses its signatures.
  std::optional<fs::Path> draft;
  std::optional<std::uint64_t> root_days;  ///< life of the new root; else as the policy says
};

/// A key that was made: its file's name, and its id.
struct CreatedKey {
  std::string name;
  std::string id;
};

struct KeyChange {
  bool finished =
      false;  ///< only an earlier run, broken off, was finished; run it again if need be
  std::vector<CreatedKey> created;
  std::vector<std::string> added;    ///< ids that a role trusts now
  std::vector<std::string> removed;  ///< ids that a role trusts no more
  std::vector<std::string> roles;    ///< whose keys or threshold changed
  std::vector<std::string> signed_roles;
  std::uint64_t root = 0;  ///< version of the new root; 0: none was needed
  bool is_draft = false;   ///< the new root is in the draft, not published
};

/// Changes which keys sign what. ROLE is "root", "timestamp", "snapshot", "targets" or a package. A
/// top role needs a new root, a package new targets; roles whose keys change are signed anew with
/// higher versions. All of them take the repository's lock, throw Error{trust_key, usage_*,
/// notfound_package, locked_other_run, repository_invalid, trust_*} and then have changed nothing
/// but made key files, which the next run takes. A killed run is finished by the next one.
class KeyChanger {
 public:
  KeyChanger(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys, trust::Time now,
             ChangeOptions options);
  ~KeyChanger();
  KeyChanger(const KeyChanger&) = delete;
  KeyChanger& operator=(const KeyChanger&) = delete;

  /// True: an earlier run that was broken off has been finished; nothing else is to be done now.
  [[nodiscard]] bool finished_other_run() const;

  /// The role trusts this key too: a key file's name (made where there is none), the id of a key at
  /// hand, or a key that another person sent.
  void trust_key_file(const std::string& name, const std::string& role);
  void trust_key(const trust::PublicKey& key, const std::string& role);
  /// As many new keys in place of all that the role has.
  void rotate(const std::string& role);
  /// No role trusts the key any more; a new one takes its place where a role would have too few.
  /// `key`: a file's name, an id, or the first eight or more digits of one.
  void revoke(const std::string& key);
  void set_threshold(const std::string& role, std::uint64_t threshold);
  /// The next root also where nothing but its life changes.
  void renew_root();

  /// Signs and publishes it all, or writes the draft.
  KeyChange finish();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// Publishes a root that was signed elsewhere, and signs anew the roles whose keys it changes. A
/// draft that is published already changes nothing. Throws Error{usage_invalid} for one that does
/// not follow the current root, Error{trust_signature, trust_key}.
KeyChange import_root(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                      const fs::Path& draft, trust::Time now);

}  // namespace xppkg::publish
