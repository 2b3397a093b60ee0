#include <cstdlib>
#include <ctime>

#include "cli/terminal.hpp"
#include "fs/files.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

constexpr std::uint64_t kMaxPassphraseFile = 4096;

std::string first_line(const Bytes& bytes) {
  const std::string_view all = as_text(bytes);
  return std::string(all.substr(0, all.find_first_of("\r\n")));
}

std::string prompt_twice() {
  std::string passphrase = cli::ask_passphrase(cli::text("New passphrase for the keys: "));
  if (passphrase != cli::ask_passphrase(cli::text("Once more: "))) {
    throw Error(Code::usage_passphrase, {{"reason", "the two were not the same"}});
  }
  return passphrase;
}

}  // namespace

publish::RepositoryLayout Context::layout() const {
  auto path = std::filesystem::absolute(fs::from_utf8(repository)).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "repo/" is "repo"
  return {path};
}

fs::Path Context::key_folder() const {
  if (!keys.empty()) return std::filesystem::absolute(fs::from_utf8(keys)).lexically_normal();
  fs::Path beside = layout().root;
  beside += ".keys";
  return beside;
}

publish::Keys Context::open_keys() const {
  return {fs::native(), key_folder(), trust::KeyVault(read_passphrase(*this, /*fresh=*/false))};
}

void add_repository(CLI::App& verb, Context& context) {
  verb.add_option("REPO", context.repository, cli::text("Folder of the repository"))->required();
}

void add_keys(CLI::App& verb, Context& context) {
  verb.add_option("--keys", context.keys, cli::text("Folder of the keys (default: REPO.keys)"))
      ->type_name("DIR");
  verb.add_option("--passphrase-file", context.passphrase_file,
                  cli::text("File whose first line is the passphrase of the keys "
                            "(default: XPPKG_PASSPHRASE, else a prompt)"))
      ->type_name("FILE");
}

std::string read_passphrase(const Context& context, bool fresh) {
  std::string passphrase;
  if (!context.passphrase_file.empty()) {
    passphrase = first_line(
        fs::read_file(fs::native(), fs::from_utf8(context.passphrase_file), kMaxPassphraseFile));
  } else if (const char* value = std::getenv("XPPKG_PASSPHRASE")) {
    passphrase = value;
  } else if (fresh) {
    passphrase = prompt_twice();
  } else {
    passphrase = cli::ask_passphrase(cli::text("Passphrase for the keys: "));
  }
  if (passphrase.empty()) throw Error(Code::usage_passphrase, {{"reason", "it is empty"}});
  return passphrase;
}

trust::Time now() {
  return std::time(nullptr);
}

}  // namespace xppkg::release_tool
