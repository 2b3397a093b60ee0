#include "site_key_options.hpp"

#include "cli/environment.hpp"
#include "cli/terminal.hpp"

namespace xppkg::cli {
namespace {

std::string ask_for_passphrase(const std::string& set, bool is_new) {
  if (!set.empty()) return set;
  std::string first = ask_passphrase(text("Passphrase for the site key: "));
  if (is_new && first != ask_passphrase(text("Once more: "))) {
    throw Error(Code::usage_passphrase, {{"reason", "the two are not the same"}});
  }
  return first;
}

}  // namespace

void add_passphrase_options(const Command& verb, SiteKey& key, bool is_new) {
  verb.add_option("--passphrase-file", key.passphrase_file,
                  text("File whose first line is the passphrase of the site key (default: "
                       "XPPKG_PASSPHRASE, else a prompt)"))
      .type_name("FILE");
  // Taken when the verb runs, so that no program that is started by it sees it.
  verb.before_callback([&key, is_new] {
    key.ask = [is_new, set = take_variable("XPPKG_PASSPHRASE")] {
      return ask_for_passphrase(set, is_new);
    };
  });
}

std::shared_ptr<SiteKey> add_site_key_options(const Command& verb) {
  auto key = std::make_shared<SiteKey>();
  verb.add_option("--site-key", key->file, text("Sign the decision with this key of the site"))
      .type_name("FILE");
  add_passphrase_options(verb, *key, /*is_new=*/false);
  return key;
}

}  // namespace xppkg::cli
