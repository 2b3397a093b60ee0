#include "site_key_options.hpp"

#include "cli/environment.hpp"
#include "cli/terminal.hpp"

namespace xppkg::cli {
namespace {

std::string ask_for_passphrase(const std::string& set, bool fresh) {
  if (!set.empty()) return set;
  std::string first = ask_passphrase(text("Passphrase for the site key: "));
  if (fresh && first != ask_passphrase(text("Once more: "))) {
    throw Error(Code::usage_passphrase, {{"reason", "the two are not the same"}});
  }
  return first;
}

}  // namespace

void add_passphrase_options(const Command& verb, SiteKey& key, bool fresh) {
  verb.add_option("--passphrase-file", key.passphrase_file,
                  text("File whose first line is the passphrase of the site key (default: "
                       "XPPKG_PASSPHRASE, else a prompt)"))
      .type_name("FILE");
  // Taken when the verb runs, so that no program that is started by it sees it.
  verb.before_callback([&key, fresh] {
    key.ask = [fresh, set = take_variable("XPPKG_PASSPHRASE")] {
      return ask_for_passphrase(set, fresh);
    };
  });
}

std::shared_ptr<SiteKey> add_site_key_options(const Command& verb) {
  auto key = std::make_shared<SiteKey>();
  verb.add_option("--site-key", key->file, text("Sign the decision with this key of the site"))
      .type_name("FILE");
  add_passphrase_options(verb, *key, /*fresh=*/false);
  return key;
}

}  // namespace xppkg::cli
