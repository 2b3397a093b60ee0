#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xppkg/export.hpp"

namespace xppkg {

/// Kinds of failure, grouped by what the caller can do about them. Names and numbers are stable: a
/// new code gets the next free number. Each name is the code's id with "_" for "." and "-"; texts,
/// exit statuses and next steps stand in one table (`all_codes`).
enum class Code {
  usage_invalid = 1,
  usage_not_installation = 2,
  usage_already_initialised = 3,
  usage_already_installed = 4,
  usage_nothing_installed = 5,
  usage_passphrase = 6,
  io_failed = 7,
  space_insufficient = 8,
  rights_denied = 9,
  rights_refused = 10,
  rights_unsafe_folder = 11,
  locked_other_run = 12,
  use_busy = 13,
  disk_unsuitable = 14,
  process_limit = 15,
  process_ended = 16,
  output_failed = 17,
  transport_unreachable = 18,
  transport_status = 19,
  transport_truncated = 20,
  transport_refused = 21,
  transport_not_ours = 22,
  transport_encoding = 23,
  notfound_package = 24,
  notfound_version = 25,
  notfound_file = 26,
  trust_malformed = 27,
  trust_signature = 28,
  trust_expired = 29,
  trust_clock = 30,
  trust_rollback = 31,
  trust_hash = 32,
  trust_key = 33,
  corrupt_payload = 34,
  corrupt_state = 35,
  corrupt_published = 36,
  unsupported_format = 37,
  unsupported_patch = 38,
  mismatch_base = 39,
  plan_none = 40,
  damage_found = 41,
  repair_unavailable = 42,
  tree_unsafe_name = 43,
  tree_unsafe_entry = 44,
  tree_conflict = 45,
  tree_secret = 46,
  tree_repository = 47,
  tree_empty = 48,
  output_exists = 49,
  release_exists = 50,
  release_not_proved = 51,
  repository_exists = 52,
  repository_invalid = 53,
  database_unreachable = 54,
  database_newer_schema = 55,
  database_older_schema = 56,
  database_uninitialised = 57,
  database_rights = 58,
  database_login = 59,
  database_tls = 60,
  database_busy = 61,
  database_locked = 62,
  database_full = 63,
  database_damaged = 64,
  database_read_only = 65,
  database_encoding = 66,
  database_packet = 67,
  database_engine = 68,
  database_keys = 69,
  database_search_path = 70,
  database_session = 71,
  database_unfinished = 72,
  database_refused = 73,
  decision_signature = 74,
  decision_older = 75,
  decision_other_site = 76,
  policy_held = 77,
  policy_outdated = 78,
  policy_below_floor = 79,
  policy_rolled_back = 80,
  rollback_unavailable = 81,
  limit_exceeded = 82,
  cancelled = 83,
  internal = 84,
};

/// The subject of a group of codes, for callers that treat all of it alike. Stable as the codes are.
enum class Category {
  usage = 1,                 ///< the request, or what was given to it
  system = 2,                ///< this computer: its disk, memory, processes, output
  rights = 3,                ///< this user may not do it
  busy = 4,                  ///< somebody else works or runs there at the moment
  source = 5,                ///< the vendor's sources or the way to them; another one may serve
  trust = 6,                 ///< signed data does not hold
  data = 7,                  ///< a package, a patch or the state of an installation
  release = 8,               ///< the vendor's tree, releases or repository
  database_unavailable = 9,  ///< the site's database does not serve: its last decision counts
  database = 10,             ///< the site's database serves others, but not this user or version
  decision = 11,             ///< the site's decision is not to be believed
  policy = 12,               ///< what the site or the vendor has decided forbids it
  cancelled = 13,            ///< the caller has ended it
  internal = 14,             ///< a fault of ours
};

/// One row of the table of codes.
struct CodeInfo {
  Code code;
  std::string_view id;  ///< stable, for scripts: "trust.signature"
  int exit_status;      ///< of a command that ends with this error
  bool retryable;       ///< the same call may succeed later without any change
  Category category;
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
