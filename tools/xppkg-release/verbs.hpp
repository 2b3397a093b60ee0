#pragma once

#include "cli/program.hpp"
#include "publish/repository.hpp"

namespace xppkg::release_tool {

/// What the verbs share: the repository, and how its keys are opened.
struct Context : cli::Context {
  std::string repository;
  std::string keys;             ///< folder; empty: REPO.keys
  std::string passphrase_file;  ///< empty: XPPKG_PASSPHRASE, else the prompt
  bool quick_passphrase = false;

  [[nodiscard]] publish::RepositoryLayout layout() const;
  [[nodiscard]] fs::Path key_folder() const;
  /// The keys of the repository, each opened when it is needed. Asks for the passphrase.
  [[nodiscard]] publish::Keys open_keys() const;
};

void add_init(CLI::App& app, Context& context);
void add_add(CLI::App& app, Context& context);
void add_promote(CLI::App& app, Context& context);
void add_withdraw(CLI::App& app, Context& context);
void add_prune(CLI::App& app, Context& context);
void add_min_version(CLI::App& app, Context& context);
void add_show(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);

/// The argument REPO, and the options for its keys.
void add_repository(CLI::App& verb, Context& context);
void add_keys(CLI::App& verb, Context& context);

/// From the file, from XPPKG_PASSPHRASE, or from the prompt (asked twice when it is `fresh`).
/// Throws Error{usage_passphrase} for an empty one.
std::string read_passphrase(const Context& context, bool fresh);

/// Now, in seconds since 1970 UTC.
trust::Time now();

}  // namespace xppkg::release_tool
