#include "publish/key_ring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kMaxKeyFile = 64 * 1024;
constexpr std::size_t kMinIdDigits = 8;
constexpr std::string_view kEnding = ".key.json";
constexpr std::string_view kRetired = ".retired";

std::optional<trust::PublicKey> public_key_of(fs::FileSystem& disk, const fs::Path& file) {
  try {
    return trust::KeyVault::public_key(fs::read_file(disk, file, kMaxKeyFile));
  } catch (const Error&) {
    return std::nullopt;  // A damaged file of a key that is not needed stands in nobody's way.
  }
}

bool trusts(const trust::RoleKeys& role, const trust::PublicKey& key) {
  return std::ranges::any_of(role.keys, [&](const auto& one) { return one.same_key_as(key); });
}

bool holds(const Signers& signers, const trust::PublicKey& key) {
  return std::ranges::any_of(signers,
                             [&](const auto* one) { return one->public_key().same_key_as(key); });
}

bool is_id_prefix(const std::string& text) {
  return text.size() >= kMinIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool is_key_name(std::string_view name) {
  const auto alnum = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && name.size() <= 64 && alnum(name.front()) &&
         std::ranges::all_of(name,
                             [&](char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; });
}

std::string key_name(const std::string& role) {
  return trust::is_delegated_role_name(role) ? role + ".package" : role;
}

KeyRing::KeyRing(fs::FileSystem& disk, fs::Path folder, OpenVault open_vault,
                 std::unique_ptr<ExternalSigner> external)
    : disk_(disk),
      folder_(std::move(folder)),
      open_vault_(std::move(open_vault)),
      external_(std::move(external)) {
  read_folder();
}

fs::Path KeyRing::place(const std::string& name) const {
  return folder_ / fs::from_utf8(name + std::string(kEnding));
}

void KeyRing::read_folder() {
  files_.clear();
  if (!disk_.stat(folder_)) return;
  for (const fs::Path& path : disk_.list(folder_)) {
    std::string name = fs::to_utf8(path);
    if (!name.ends_with(kEnding)) continue;
    name.resize(name.size() - kEnding.size());
    files_.push_back({name, public_key_of(disk_, place(name))});
  }
  std::ranges::sort(files_, {}, &KeyFile::name);
}

std::vector<trust::PublicKey> KeyRing::external_keys() const {
  std::vector<trust::PublicKey> keys;
  if (!external_) return keys;
  for (const auto& signer : external_->signers()) keys.push_back(signer->public_key());
  return keys;
}

std::optional<trust::PublicKey> KeyRing::find(const std::string& name_or_id) const {
  const auto named = std::ranges::find(files_, name_or_id, &KeyFile::name);
  if (named != files_.end()) return named->key;
  if (!is_id_prefix(name_or_id)) return std::nullopt;
  std::vector<trust::PublicKey> all = external_keys();
  for (const KeyFile& file : files_) {
    if (file.key) all.push_back(*file.key);
  }
  std::optional<trust::PublicKey> found;
  for (const trust::PublicKey& key : all) {
    if (!key.id().starts_with(name_or_id) || (found && found->id() == key.id())) continue;
    if (found) throw Error(Code::usage_invalid, {{"key", name_or_id}, {"reason", "ambiguous"}});
    found = key;
  }
  return found;
}

std::string KeyRing::file_of(const trust::PublicKey& key) const {
  for (const KeyFile& file : files_) {
    if (file.key && file.key->same_key_as(key)) return file.name;
  }
  return {};
}

Signers KeyRing::at_hand(const trust::RoleKeys& role) {
  Signers signers;
  if (external_) {
    for (const auto& signer : external_->signers()) {
      if (trusts(role, signer->public_key())) signers.push_back(signer.get());
    }
  }
  for (const KeyFile& file : files_) {
    // Two files may hold the same key; it counts once.
    if (file.key && trusts(role, *file.key) && !holds(signers, *file.key)) {
      signers.push_back(&open(file));
    }
  }
  return signers;
}

Signers KeyRing::require(const std::string& role_name, const trust::RoleKeys& role) {
  Signers signers = at_hand(role);
  if (role.threshold > 0 && signers.size() >= role.threshold) return signers;
  Error error(Code::trust_key, {{"role", role_name},
                                {"reason", "too few of the keys that it trusts are at hand"},
                                {"needed", fmt::to_string(role.threshold)},
                                {"at hand", fmt::to_string(signers.size())},
                                {"keys", fs::to_utf8(folder_)}});
  for (const KeyFile& file : files_) {
    if (!file.key) error.with("damaged", file.name + std::string(kEnding));
  }
  throw error;
}

trust::KeyVault& KeyRing::vault() {
  if (!vault_) vault_ = open_vault_();
  return *vault_;
}

const trust::Signer& KeyRing::open(const KeyFile& file) {
  const auto found = opened_.find(file.key->id());
  if (found != opened_.end()) return found->second;
  trust::SecretKey key = vault().open(fs::read_file(disk_, place(file.name), kMaxKeyFile));
  passphrase_is_checked_ = true;
  return opened_.emplace(file.key->id(), std::move(key)).first->second;
}

// A mistyped passphrase must not seal a new key.
void KeyRing::check_passphrase() {
  if (passphrase_is_checked_) return;
  std::optional<Error> last;
  for (const KeyFile& file : files_) {
    if (!file.key) continue;
    try {
      open(file);
      return;
    } catch (const Error& error) {
      last = error;
    }
  }
  if (last) throw *last;
}

const trust::Signer& KeyRing::create(const std::string& name) {
  if (disk_.stat(place(name))) {
    throw Error(Code::repository_exists, {{"path", fs::to_utf8(place(name))}});
  }
  check_passphrase();
  trust::SecretKey key = trust::SecretKey::generate();
  const trust::PublicKey public_key = key.public_key();
  const std::string sealed = vault().seal(key);
  if (!disk_.stat(folder_)) {
    fs::make_directories(disk_, folder_);
    disk_.set_mode(folder_, 0700);
  }
  fs::write_file_atomically(disk_, place(name), as_bytes(sealed), 0600);
  read_folder();
  return opened_.emplace(public_key.id(), std::move(key)).first->second;
}

const trust::Signer& KeyRing::open_or_create(const std::string& name) {
  const auto found = std::ranges::find(files_, name, &KeyFile::name);
  if (found == files_.end()) return create(name);
  if (!found->key) {
    throw Error(Code::trust_key, {{"damaged", fs::to_utf8(place(name))}});
  }
  return open(*found);
}

void KeyRing::retire(const trust::PublicKey& key) {
  const std::string name = file_of(key);
  if (name.empty() || name.ends_with(kRetired)) return;
  const fs::Path retired = place(name + std::string(kRetired));
  if (disk_.stat(retired)) return;
  disk_.rename(place(name), retired);
  disk_.sync_directory(folder_);
  read_folder();
}

}  // namespace xppkg::publish
