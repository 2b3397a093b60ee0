#include <Poco/Environment.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

#include "cli/terminal.hpp"
#include "fs/files.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

constexpr std::uint64_t kMaxPassphraseFile = 4096;
constexpr const char* kVariable = "XPPKG_PASSPHRASE";
constexpr std::uint32_t kOthersMayRead = 0044;

std::string first_line(const Bytes& bytes) {
  const std::string_view all = as_text(bytes);
  return std::string(all.substr(0, all.find_first_of("\r\n")));
}

/// The passphrase of the environment, taken out of it: programs that we start must not get it.
const std::string& environment_passphrase() {
  static const std::string passphrase = [] {
    const std::string found = Poco::Environment::get(kVariable, "");
    if (!found.empty()) Poco::Environment::set(kVariable, "");
    return found;
  }();
  return passphrase;
}

std::string prompt_twice() {
  std::string passphrase = cli::ask_passphrase(cli::text("New passphrase for the keys: "));
  if (passphrase != cli::ask_passphrase(cli::text("Once more: "))) {
    throw Error(Code::usage_passphrase, {{"reason", "the two were not the same"}});
  }
  return passphrase;
}

void warn_of_readers(const Context& context, const fs::Path& file) {
  const auto found = fs::native().stat(file);
  if (context.output_options.json || !found || (found->mode & kOthersMayRead) == 0) return;
  cli::say(cli::text("Other users can read the passphrase file: {}", fs::to_utf8(file)));
}

/// The passphrase is a new one if there are none.
bool holds_keys(const fs::Path& folder) {
  if (!fs::native().stat(folder)) return false;
  return std::ranges::any_of(fs::native().list(folder), [](const fs::Path& name) {
    return fs::to_utf8(name).ends_with(".key.json");
  });
}

}  // namespace

publish::RepositoryLayout Context::layout() const {
  auto path = std::filesystem::absolute(fs::from_utf8(repository)).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "repo/" is "repo"
  return {path};
}

fs::Path Context::key_folder() const {
  if (!keys.empty()) return std::filesystem::absolute(fs::from_utf8(keys)).lexically_normal();
  if (repository.empty()) return {};  // No keys but the signer's.
  fs::Path beside = layout().root;
  beside += ".keys";
  return beside;
}

publish::KeyRing Context::open_keys() const {
  const fs::Path folder = key_folder();
  if (!repository.empty()) publish::require_outside(folder, layout());
  if (!repository.empty() && !makes_repository && !output_options.json && holds_keys(folder) &&
      !publish::remembers_repository(fs::native(), folder)) {
    cli::say(
        cli::text("These keys have no record of this repository: it is accepted as it is now."));
  }
  const auto open_vault = [this, folder] {
    const auto cost =
        quick_passphrase ? trust::KeyVault::Cost::interactive : trust::KeyVault::Cost::moderate;
    std::string passphrase = read_passphrase(*this, /*is_new=*/!holds_keys(folder));
    trust::KeyVault vault(passphrase, cost);
    trust::wipe(passphrase);
    return vault;
  };
  std::unique_ptr<publish::ExternalSigner> external;
  if (!signer.empty()) {
    environment_passphrase();
    external =
        std::make_unique<publish::ExternalSigner>(signer, std::chrono::seconds(signer_seconds));
  }
  return {fs::native(), folder, open_vault, std::move(external)};
}

void add_repository(const cli::Command& verb, Context& context) {
  verb.add_option("REPO", context.repository, cli::text("Folder of the repository")).required();
}

void add_key_folder(const cli::Command& verb, Context& context) {
  verb.add_option("--keys", context.keys, cli::text("Folder of the keys (default: REPO.keys)"))
      .type_name("DIR");
}

void add_keys(const cli::Command& verb, Context& context) {
  add_key_folder(verb, context);
  verb.add_option("--passphrase-file", context.passphrase_file,
                  cli::text("File whose first line is the passphrase of the keys "
                            "(default: XPPKG_PASSPHRASE, else a prompt)"))
      .type_name("FILE");
  verb.add_option("--signer", context.signer,
                  cli::text("Program that keeps keys and signs (manifests/TRUST.md, section 6)"))
      .type_name("CMD");
  verb.add_option("--signer-seconds", context.signer_seconds,
                  cli::text("How many seconds one answer of it may take (default: 120)"))
      .range(1, 3600)
      .type_name("N");
}

void add_quick_passphrase(const cli::Command& verb, Context& context) {
  verb.add_flag("--quick-passphrase", context.quick_passphrase,
                cli::text("Cheaper key derivation (64 MiB instead of 256 MiB): for tests"));
}

std::string read_passphrase(const Context& context, bool is_new) {
  std::string passphrase;
  if (!context.passphrase_file.empty()) {
    Bytes bytes =
        fs::read_given_file(fs::native(), context.passphrase_file, kMaxPassphraseFile);
    passphrase = first_line(bytes);
    trust::wipe(bytes);
    warn_of_readers(context, fs::from_utf8(context.passphrase_file));
  } else if (!environment_passphrase().empty()) {
    passphrase = environment_passphrase();
  } else if (is_new) {
    passphrase = prompt_twice();
  } else {
    passphrase = cli::ask_passphrase(cli::text("Passphrase for the keys: "));
  }
  if (passphrase.empty()) throw Error(Code::usage_passphrase, {{"reason", "it is empty"}});
  return passphrase;
}

nlohmann::json tell_expiry(const Context& context,
                           const std::vector<publish::ExpiryWarning>& warnings) {
  nlohmann::json list = nlohmann::json::array();
  cli::ConsoleObserver observer(context.output_options);
  for (const auto& warning : warnings) {
    const std::string expires = trust::format_time(warning.expires);
    observer.notice({warning.days < 0 ? "expiry.past" : "expiry.near", warning.role, expires});
    list.push_back({{"role", warning.role}, {"expires", expires}, {"days", warning.days}});
  }
  return list;
}

publish::Policy warning_policy(const Context& context) {
  try {
    return publish::read_policy(fs::native(), context.key_folder());
  } catch (const Error& error) {
    if (error.code() != Code::rights_denied) throw;
    return {};
  }
}

nlohmann::json tell_expiry(const Context& context, const publish::Published& published) {
  return tell_expiry(context, publish::expiry_warnings(published, warning_policy(context), now()));
}

nlohmann::json tell_expiry(const Context& context) {
  return tell_expiry(context, publish::read_repository(fs::native(), context.layout(), now(),
                                                       {1, publish::Expiry::ignored}));
}

std::string short_id(const std::string& id) {
  return id.substr(0, 8);
}

trust::Time now() {
  return std::time(nullptr);
}

}  // namespace xppkg::release_tool
