#include "publish/key_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "fs/files.hpp"
#include "last_published.hpp"
#include "metadata_update.hpp"
#include "publish/root_draft.hpp"
#include "repository_lock.hpp"

namespace xppkg::publish {
namespace {

constexpr std::string_view kRetired = ".retired";

Bytes current_root(fs::FileSystem& disk, const RepositoryLayout& layout,
                   const Published& published) {
  return fs::read_file(disk, layout.role(published.set.root().version, "root"),
                       trust::Limits::root);
}

void tell(KeyChange& change, const MetadataUpdate& update) {
  for (const auto& [role, common] : update.signed_roles()) change.signed_roles.push_back(role);
}

/// The number of NAME-3 or NAME-3.retired; 1 of NAME; 0 of any other name.
std::uint64_t number_of(std::string_view file, std::string_view name) {
  if (!file.starts_with(name)) return 0;
  file.remove_prefix(name.size());
  if (file.ends_with(kRetired)) file.remove_suffix(kRetired.size());
  if (file.empty()) return 1;
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(file.data() + 1, file.data() + file.size(), number);
  return file.front() == '-' && failed == std::errc() && end == file.data() + file.size() ? number
                                                                                          : 0;
}

}  // namespace

class KeyChanger::Work {
 public:
  Work(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys, trust::Time now,
       ChangeOptions options)
      : disk_(disk),
        layout_(layout),
        keys_(keys),
        now_(now),
        options_(std::move(options)),
        held_(hold_repository(disk, layout)),
        published_(read_to_sign(disk, layout, keys)),
        root_bytes_(current_root(disk, layout, published_)),
        root_(published_.set.root()),
        targets_(published_.set.targets()) {
    if (options_.draft && disk.stat(*options_.draft)) continue_draft();
  }

  [[nodiscard]] bool finished_other_run() const { return held_.finished_other_run; }

  void trust_key_file(const std::string& name, const std::string& role) {
    role_keys(role);  // An unknown role must not cost a key.
    if (name.ends_with(kRetired)) {
      throw Error(Code::usage_invalid, {{"key", name}, {"reason", "it was retired"}});
    }
    const bool is_new = keys_.find(name) == std::nullopt;
    const trust::PublicKey key = keys_.open_or_create(name).public_key();
    if (is_new) change_.created.push_back({name, key.id()});
    trust_key(key, role);
  }

  void trust_key(const trust::PublicKey& key, const std::string& role) {
    trust::RoleKeys& keys = role_keys(role);
    for (const trust::PublicKey& one : keys.keys) {
      if (one.same_key_as(key)) {
        throw Error(Code::usage_invalid,
                    {{"key", key.id()}, {"role", role}, {"reason", "the role has it already"}});
      }
    }
    keys.keys.push_back(key);
    change_.added.push_back(key.id());
  }

  void rotate(const std::string& role) {
    trust::RoleKeys& keys = role_keys(role);
    for (const trust::PublicKey& key : keys.keys) change_.removed.push_back(key.id());
    for (trust::PublicKey& key : keys.keys) key = new_key(role);
  }

  void revoke(const std::string& text) {
    const auto at_hand = keys_.find(text);
    if (at_hand && roles_with(*at_hand).empty() && !is_trusted(*at_hand)) {
      // Of a draft that came to nothing: no later change may take it up.
      change_.removed.push_back(at_hand->id());
      keys_.retire(*at_hand);
      return;
    }
    const trust::PublicKey key = trusted_key(text);
    change_.removed.push_back(key.id());
    for (const std::string& role : roles_with(key)) {
      trust::RoleKeys& keys = role_keys(role);
      std::erase_if(keys.keys, [&](const auto& one) { return one.same_key_as(key); });
      while (keys.keys.size() < keys.threshold) keys.keys.push_back(new_key(role));
    }
  }

  void set_threshold(const std::string& role, std::uint64_t threshold) {
    trust::RoleKeys& keys = role_keys(role);
    if (threshold < 1 || threshold > keys.keys.size()) {
      throw Error(Code::usage_invalid, {{"role", role},
                                        {"threshold", fmt::to_string(threshold)},
                                        {"keys", fmt::to_string(keys.keys.size())}});
    }
    keys.threshold = threshold;
  }

  void renew_root() { root_changes_ = true; }

  KeyChange finish() {
    MetadataUpdate update(disk_, layout_, keys_, published_, now_);
    if (targets_change_) update.change_targets() = targets_;
    if (root_changes_) draft_or_publish(update);
    if (targets_change_ || (root_changes_ && !change_.is_draft)) update.publish();
    tell(change_, update);
    return std::move(change_);
  }

 private:
  void continue_draft() {
    const RootDraft draft = read_draft(disk_, *options_.draft);
    if (!draft.follows(root_bytes_)) {
      throw Error(Code::usage_invalid,
                  {{"file", fs::to_utf8(*options_.draft)},
                   {"reason", "there is a draft that does not follow the current root"}});
    }
    root_ = draft.next();
  }

  /// The keys of a role, about to be changed. A caller who cannot sign the change is told so before
  /// a key is made for it.
  trust::RoleKeys& role_keys(const std::string& role) {
    if (std::ranges::find(change_.roles, role) == change_.roles.end()) {
      change_.roles.push_back(role);
    }
    const auto top = root_.roles.find(role);
    if (top != root_.roles.end()) {
      if (!root_changes_ && !options_.draft) require_root_keys(published_.set.root());
      root_changes_ = true;
      return top->second;
    }
    const auto package = std::ranges::find(targets_.delegations, role, &trust::Delegation::name);
    if (package == targets_.delegations.end()) {
      throw Error(Code::notfound_package, {{"package", role}});
    }
    if (options_.draft) {
      throw Error(Code::usage_invalid,
                  {{"role", role}, {"reason", "--export is for the roles of the root only"}});
    }
    if (!targets_change_) {
      for (const char* signing : {"targets", "snapshot", "timestamp"}) {
        keys_.require(signing, published_.set.root().roles.at(signing));
      }
    }
    targets_change_ = true;
    return package->keys;
  }

  template <typename Visit>
  void for_each_role(const Visit& visit) const {
    for (const auto& [name, keys] : root_.roles) visit(name, keys);
    for (const auto& delegation : targets_.delegations) visit(delegation.name, delegation.keys);
  }

  [[nodiscard]] std::vector<std::string> roles_with(const trust::PublicKey& key) const {
    std::vector<std::string> roles;
    for_each_role([&](const std::string& name, const trust::RoleKeys& keys) {
      for (const auto& one : keys.keys) {
        if (one.same_key_as(key)) roles.push_back(name);
      }
    });
    return roles;
  }

  /// The key of a file's name or of an id's beginning, among those that a role trusts.
  [[nodiscard]] trust::PublicKey trusted_key(const std::string& text) const {
    std::map<std::string, trust::PublicKey> found;
    const auto at_hand = keys_.find(text);
    for_each_role([&](const std::string&, const trust::RoleKeys& keys) {
      for (const auto& one : keys.keys) {
        const bool is_named = at_hand && one.same_key_as(*at_hand);
        if (is_named || (text.size() >= 8 && one.id().starts_with(text)))
          found.emplace(one.id(), one);
      }
    });
    if (found.size() == 1) return found.begin()->second;
    throw Error(Code::usage_invalid,
                {{"key", text}, {"reason", found.empty() ? "no role trusts it" : "ambiguous"}});
  }

  /// A key for a role under the next free name: ROLE, ROLE-2, ROLE-3 … A file of that number whose
  /// key nobody trusts yet, here or in the draft, was left by a run that was broken off.
  trust::PublicKey new_key(const std::string& role) {
    const std::string name = key_name(role);
    std::uint64_t number = 2;
    for (const KeyFile& file : keys_.files()) {
      const bool is_used = file.name.ends_with(kRetired) || !file.key || is_trusted(*file.key) ||
                           !roles_with(*file.key).empty() || is_removed(*file.key) ||
                           is_just_made(file.name);
      if (is_used) number = std::max(number, number_of(file.name, name) + 1);
    }
    const std::string file = fmt::format("{}-{}", name, number);
    const trust::PublicKey key = keys_.open_or_create(file).public_key();
    change_.created.push_back({file, key.id()});
    change_.added.push_back(key.id());
    return key;
  }

  [[nodiscard]] bool is_just_made(const std::string& name) const {
    return std::ranges::find(change_.created, name, &CreatedKey::name) != change_.created.end();
  }

  [[nodiscard]] bool is_removed(const trust::PublicKey& key) const {
    return std::ranges::find(change_.removed, key.id()) != change_.removed.end();
  }

  /// Trusted by the published metadata, not by the change that is being made.
  [[nodiscard]] bool is_trusted(const trust::PublicKey& key) const {
    const auto has = [&](const trust::RoleKeys& role) {
      return std::ranges::any_of(role.keys, [&](const auto& one) { return one.same_key_as(key); });
    };
    for (const auto& [name, role] : published_.set.root().roles) {
      if (has(role)) return true;
    }
    return std::ranges::any_of(published_.set.targets().delegations,
                               [&](const auto& one) { return has(one.keys); });
  }

  void draft_or_publish(MetadataUpdate& update) {
    const Policy policy = read_policy(disk_, keys_.folder());
    const std::uint64_t days = options_.root_days.value_or(policy.days_of("root"));
    root_.expires = now_ + static_cast<trust::Time>(days) * 86'400;
    RootDraft draft(root_bytes_, root_);
    change_.root = draft.next().version;
    if (options_.draft) {
      write_draft(disk_, *options_.draft, draft);
      change_.is_draft = true;
      return;
    }
    require_root_keys(draft.next());
    draft.sign(keys_);
    update.set_root(draft.root_file());
  }

  void require_root_keys(const trust::Root& root) {
    try {
      keys_.require("root", root.roles.at("root"));
    } catch (Error& error) {
      if (error.code() != Code::trust_key) throw;
      throw error.with("help",
                       "--export FILE; xppkg-release root sign FILE, where the root keys are; "
                       "xppkg-release root import REPO FILE");
    }
  }

  fs::FileSystem& disk_;
  const RepositoryLayout& layout_;
  KeyRing& keys_;
  trust::Time now_;
  ChangeOptions options_;
  HeldRepository held_;
  Published published_;
  Bytes root_bytes_;
  trust::Root root_;
  trust::Targets targets_;
  bool root_changes_ = false;
  bool targets_change_ = false;
  KeyChange change_;
};

KeyChanger::KeyChanger(fs::FileSystem& disk, const RepositoryLayout& layout, KeyRing& keys,
                       trust::Time now, ChangeOptions options)
    : work_(std::make_unique<Work>(disk, layout, keys, now, std::move(options))) {}

KeyChanger::~KeyChanger() = default;

bool KeyChanger::finished_other_run() const {
  return work_->finished_other_run();
}
void KeyChanger::trust_key_file(const std::string& name, const std::string& role) {
  work_->trust_key_file(name, role);
}
void KeyChanger::trust_key(const trust::PublicKey& key, const std::string& role) {
  work_->trust_key(key, role);
}
void KeyChanger::rotate(const std::string& role) {
  work_->rotate(role);
}
void KeyChanger::revoke(const std::string& key) {
  work_->revoke(key);
}
void KeyChanger::set_threshold(const std::string& role, std::uint64_t threshold) {
  work_->set_threshold(role, threshold);
}
void KeyChanger::renew_root() {
  work_->renew_root();
}
KeyChange KeyChanger::finish() {
  return work_->finish();
}

}  // namespace xppkg::publish
