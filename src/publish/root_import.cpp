#include "fs/files.hpp"
#include "last_published.hpp"
#include "metadata_update.hpp"
#include "publish/key_changes.hpp"
#include "publish/root_draft.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {
namespace {

void compare(const trust::Root& before, const trust::Root& after, KeyChange& change) {
  const auto missing = [](const trust::RoleKeys& one, const trust::RoleKeys& other,
                          std::vector<std::string>& list) {
    for (const trust::PublicKey& key : one.keys) {
      const auto is_same = [&](const auto& candidate) { return candidate.same_key_as(key); };
      if (!std::ranges::any_of(other.keys, is_same)) list.push_back(key.id());
    }
  };
  for (const auto& [role, keys] : after.roles) {
    const trust::RoleKeys& old = before.roles.at(role);
    if (!trust::same_signers(keys, old)) change.roles.push_back(role);
    missing(keys, old, change.added);
    missing(old, keys, change.removed);
  }
}

void require_signatures(const RootDraft& draft) {
  for (const trust::Root* root : {&draft.base(), &draft.next()}) {
    const std::uint64_t needed = root->roles.at("root").threshold;
    const std::uint64_t valid = draft.signatures_of(*root);
    if (valid >= needed) continue;
    throw Error(Code::trust_signature,
                {{"role", "root"},
                 {"signed by keys of root", std::to_string(root->version)},
                 {"valid", std::to_string(valid)},
                 {"needed", std::to_string(needed)},
                 {"help", "xppkg-release root sign FILE, where more of these keys are"}});
  }
}

}  // namespace

KeyChange import_root(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                      const fs::Path& file, trust::Time now) {
  const HeldRepository held = hold_repository(disk, layout);
  const RootDraft draft = read_draft(disk, file);
  const Published published = read_to_sign(disk, layout, keys);
  const Bytes current =
      fs::read_file(disk, layout.role(published.set.root().version, "root"), trust::Limits::root);
  KeyChange change;
  change.finished = held.finished_other_run;
  if (draft.is(current)) return change;  // Published already: the same again changes nothing.
  if (!draft.follows(current)) {
    throw Error(Code::usage_invalid,
                {{"file", fs::to_utf8(file)},
                 {"reason", "the draft does not follow the current root; export a new one"},
                 {"draft of root", std::to_string(draft.next().version)},
                 {"current root", std::to_string(published.set.root().version)}});
  }
  require_signatures(draft);
  MetadataUpdate update(disk, layout, keys, published, now);
  update.set_root(draft.root_file());
  update.publish();
  change.root = draft.next().version;
  compare(draft.base(), draft.next(), change);
  for (const auto& [role, common] : update.signed_roles()) change.signed_roles.push_back(role);
  return change;
}

}  // namespace xppkg::publish
