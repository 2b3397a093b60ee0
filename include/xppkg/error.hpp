#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xppkg/export.hpp"

namespace xppkg {

/// Kinds of failure, grouped by what the caller can do about them. The names are stable. Each name
/// is the code's id with "_" for "." and "-"; texts, exit statuses and next steps stand in one
/// table
/// (`all_codes`).
enum class Code {
  usage_invalid,
  usage_not_installation,
  usage_already_initialised,
  usage_already_installed,
  usage_nothing_installed,
  usage_passphrase,
  io_failed,
  space_insufficient,
  rights_denied,
  rights_refused,
  rights_unsafe_folder,
  locked_other_run,
  use_busy,
  disk_unsuitable,
  process_limit,
  process_ended,
  output_failed,
  transport_unreachable,
  transport_status,
  transport_truncated,
  transport_refused,
  transport_not_ours,
  transport_encoding,
  notfound_package,
  notfound_version,
  notfound_file,
  trust_malformed,
  trust_signature,
  trust_expired,
  trust_clock,
  trust_rollback,
  trust_hash,
  trust_key,
  corrupt_payload,
  corrupt_state,
  corrupt_published,
  unsupported_format,
  unsupported_patch,
  mismatch_base,
  plan_none,
  damage_found,
  repair_unavailable,
  tree_unsafe_name,
  tree_unsafe_entry,
  tree_conflict,
  tree_secret,
  tree_repository,
  tree_empty,
  output_exists,
  release_exists,
  release_not_proved,
  repository_exists,
  repository_invalid,
  database_unreachable,
  database_newer_schema,
  database_older_schema,
  database_uninitialised,
  database_rights,
  database_login,
  database_tls,
  database_busy,
  database_locked,
  database_full,
  database_damaged,
  database_read_only,
  database_encoding,
  database_packet,
  database_engine,
  database_keys,
  database_search_path,
  database_session,
  database_unfinished,
  database_refused,
  decision_signature,
  decision_older,
  decision_other_site,
  policy_held,
  policy_outdated,
  policy_below_floor,
  policy_rolled_back,
  rollback_unavailable,
  limit_exceeded,
  cancelled,
  internal,
};

/// One row of the table of codes.
struct CodeInfo {
  Code code;
  std::string_view id;         ///< stable, for scripts: "trust.signature"
  int exit_status;             ///< of a command that ends with this error
  bool retryable;              ///< the same call may succeed later without any change
  std::string_view text;       ///< one English sentence: the cause
  std::string_view next_step;  ///< one English sentence: what to do now
};

/// The whole table, in the order of the enumeration. Static storage.
XPPKG_API std::span<const CodeInfo> all_codes();

/// The row of one code. Static storage; never fails.
XPPKG_API const CodeInfo& info(Code code);

/// A named value that belongs to an error: a path, an offset, an expected and an actual digest.
struct Fact {
  std::string name;
  std::string value;
};

/// The only exception that leaves this library. Expected outcomes (nothing newer, outdated, pilot)
/// are values, never errors. Copyable; not shared between threads.
class XPPKG_API Error : public std::exception {
 public:
  explicit Error(Code code, std::vector<Fact> facts = {});

  /// Adds a fact on the way up and returns the same error, so that a throw stays one expression.
  Error& with(std::string name, std::string value);

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::vector<Fact>& facts() const noexcept { return facts_; }
  /// The value of the first fact of that name; empty if there is none.
  [[nodiscard]] std::string_view fact(std::string_view name) const noexcept;
  /// "id: text (name: value, ...)" in English, for logs. People see the table's text translated.
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  void compose();

  Code code_;
  std::vector<Fact> facts_;
  std::string what_;
};

}  // namespace xppkg
