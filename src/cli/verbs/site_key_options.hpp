#pragma once

#include "verbs.hpp"
#include "xppkg/site.hpp"

namespace xppkg::cli {

/// --site-key and --passphrase-file, for the verbs that decide.
std::shared_ptr<SiteKey> add_site_key_options(const Command& verb);
/// --passphrase-file alone. The passphrase comes from the file, else from XPPKG_PASSPHRASE, else
/// from the terminal, where it is asked for twice if it is `is_new`.
void add_passphrase_options(const Command& verb, SiteKey& key, bool is_new);

}  // namespace xppkg::cli
