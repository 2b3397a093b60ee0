#pragma once

#include <vector>

#include "install/layout.hpp"
#include "site/decision.hpp"
#include "trust/key_vault.hpp"
#include "xppkg/site.hpp"

namespace xppkg::client {

/// The keys whose decisions this workstation follows: DIR/.xppkg/site-keys.json. Documented in
/// manifests/SITE.md §12.
struct SiteKeys {
  std::vector<trust::PublicKey> keys;
  bool are_required = false;  ///< a decision without a signature of theirs does not count
  std::string site = {};  ///< the site's id that signatures have to cover; empty: none is pinned
};

/// A missing file is no keys. Throws Error{corrupt_state} for a damaged one: its check must not be
/// left out.
SiteKeys load_site_keys(fs::FileSystem& disk, const install::Layout& layout);
void save_site_keys(fs::FileSystem& disk, const install::Layout& layout, const SiteKeys& keys);

/// The vault that the key's passphrase opens. Throws Error{usage_passphrase} where there is none.
trust::KeyVault open_vault(const SiteKey& key, fs::FileSystem& disk);

/// "KEYID:SIGNATURE" over every other field of the decision, and the id of the site.
std::string sign(const site::Decision& decision, const std::string& site,
                 const trust::Signer& signer);
/// True if one of the keys has signed it for `keys.site`; without a site nothing is signed.
bool is_signed(const SiteKeys& keys, const site::Decision& decision);
/// Throws Error{decision_signature} if one of the keys is required and none has signed.
void check_signature(const SiteKeys& keys, const site::Decision& decision);

}  // namespace xppkg::client
