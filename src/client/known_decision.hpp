#pragma once

#include "install/layout.hpp"
#include "site/decision.hpp"

namespace xppkg::client {

/// The newest decision that this workstation has seen: DIR/.xppkg/decision.json. An older one from
/// the same database is refused, and its policy holds while the database cannot be reached. A user
/// who may not write DIR has a file of his own instead. Documented in manifests/FORMAT.md §8.13.
struct KnownDecision {
  std::string database;  ///< its address, without a password
  std::uint64_t counter = 0;
  std::string version;
  Policy policy = Policy::required;
  trust::Time at = 0;     ///< when it was decided; never after it was read
  std::string site = {};  ///< whose id its signature covered; empty: signatures were not looked at

  bool operator==(const KnownDecision&) const = default;
};

/// The file of a user who may not write DIR, below his own data folder; empty: he has no such
/// folder.
fs::Path users_known_decision(const install::Layout& layout);
/// True if `decision` may follow `known`: its counter is not lower. Where decisions are not signed,
/// any writer of rows can use up counters: there a decision that was made later follows as well.
bool follows(const site::Decision& decision, const KnownDecision& known, bool are_signed);
/// Empty for a missing or damaged file, and for one about another database.
std::optional<KnownDecision> load_known_decision(fs::FileSystem& disk, const fs::Path& file,
                                                 const std::string& database);
void save_known_decision(fs::FileSystem& disk, const fs::Path& file, const KnownDecision& known);

}  // namespace xppkg::client
