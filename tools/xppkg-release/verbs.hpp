#pragma once

#include "cli/program.hpp"
#include "publish/policy.hpp"
#include "publish/repository.hpp"

namespace xppkg::release_tool {

/// State that the verbs share: the repository, and how its keys are opened.
struct Context : cli::Context {
  std::string repository;
  std::string keys;               ///< folder; empty: REPO.keys
  std::string passphrase_file;    ///< empty: XPPKG_PASSPHRASE, else the prompt
  std::string signer;             ///< command of an external signer; empty: none
  unsigned signer_seconds = 120;  ///< how long one answer of it may take
  bool quick_passphrase = false;
  bool makes_repository = false;

  [[nodiscard]] std::string place() const override { return repository; }
  [[nodiscard]] publish::RepositoryLayout layout() const;
  [[nodiscard]] fs::Path key_folder() const;
  /// All keys at hand. The passphrase is asked for when the first key file is opened.
  [[nodiscard]] publish::KeyRing open_keys() const;
};

void add_init(const cli::Command& app, Context& context);
void add_add(const cli::Command& app, Context& context);
void add_promote(const cli::Command& app, Context& context);
void add_withdraw(const cli::Command& app, Context& context);
void add_prune(const cli::Command& app, Context& context);
void add_min_version(const cli::Command& app, Context& context);
void add_show(const cli::Command& app, Context& context);
void add_verify(const cli::Command& app, Context& context);
void add_refresh(const cli::Command& app, Context& context);
void add_policy(const cli::Command& app, Context& context);
void add_key(const cli::Command& app, Context& context);
void add_root(const cli::Command& app, Context& context);

/// The argument REPO, and the options for its keys.
void add_repository(const cli::Command& verb, Context& context);
void add_key_folder(const cli::Command& verb, Context& context);
void add_keys(const cli::Command& verb, Context& context);
void add_quick_passphrase(const cli::Command& verb, Context& context);

/// From the file, from XPPKG_PASSPHRASE, or from the prompt (asked twice when it is `is_new`).
/// Throws Error{usage_passphrase} for an empty one.
std::string read_passphrase(const Context& context, bool is_new);

/// The policy that decides on warnings. A user who may not look into the keys' folder is warned by
/// the defaults.
publish::Policy warning_policy(const Context& context);

/// Tells which metadata ends soon, as notices and as a JSON array.
nlohmann::json tell_expiry(const Context& context,
                           const std::vector<publish::ExpiryWarning>& warnings);
nlohmann::json tell_expiry(const Context& context, const publish::Published& published);
/// The same, of the repository as it is now.
nlohmann::json tell_expiry(const Context& context);

/// The first digits of a key id, for people.
std::string short_id(const std::string& id);

/// Now, in seconds since 1970 UTC.
trust::Time now();

}  // namespace xppkg::release_tool
