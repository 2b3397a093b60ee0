// Reads one example of manifests/examples with the product's own readers.
//
//   example-probe GOOD KIND FILE     prints "ok", or the id of the error
//   example-probe sign KEYFILE FILE  prints FILE's "signed" part in a fresh envelope
//
// GOOD is the folder of the good examples: their repository holds the root that the file is checked
// against, as of the time its timestamp was issued. A KIND is the name of a reader below.

#include <fmt/format.h>
#include <stdlib.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "config.hpp"
#include "fs/files.hpp"
#include "install/journal.hpp"
#include "install/state.hpp"
#include "manifest/catalogue.hpp"
#include "publish/audit.hpp"
#include "publish/policy.hpp"
#include "publish/root_draft.hpp"
#include "trust/offline_proof.hpp"

namespace {

using namespace xppkg;
using trust::Envelope;

constexpr std::uint64_t kMostBytes = 8 * 1024 * 1024;
constexpr const char* kPackage = "app";
constexpr const char* kPassphrase = "example";

Bytes read(const fs::Path& file) {
  return fs::read_file(fs::native(), file, kMostBytes);
}

/// The metadata of the good repository.
class Good {
 public:
  explicit Good(const fs::Path& folder) : layout_{folder / "repository"} {}

  [[nodiscard]] const publish::RepositoryLayout& layout() const { return layout_; }
  [[nodiscard]] trust::Time now() const {
    return trust::read_timestamp(Envelope(read(layout_.timestamp())).value()).issued;
  }
  [[nodiscard]] trust::Root root() const {
    return trust::read_root(Envelope(read(layout_.shipped_root())).value());
  }
  [[nodiscard]] publish::Published published() const {
    return publish::read_repository(fs::native(), layout_, now());
  }
  [[nodiscard]] Bytes role(const publish::Published& published, const std::string& name) const {
    return read(layout_.role(published.set.file_meta(name).version, name));
  }

 private:
  publish::RepositoryLayout layout_;
};

void root(const Good& good, ByteView bytes) {
  trust::TrustedSet(bytes, good.now()).end_of_roots();
}

void timestamp(const Good& good, ByteView bytes) {
  const Envelope envelope(bytes);
  envelope.check(good.root().roles.at("timestamp"), "timestamp");
  trust::read_timestamp(envelope.value());
}

void snapshot(const Good& good, ByteView bytes) {
  const Envelope envelope(bytes);
  envelope.check(good.root().roles.at("snapshot"), "snapshot");
  trust::read_snapshot(envelope.value());
}

void targets(const Good& good, ByteView bytes) {
  const Envelope envelope(bytes);
  envelope.check(good.root().roles.at("targets"), "targets");
  trust::read_targets(envelope.value());
}

void role(const Good& good, ByteView bytes) {
  const Envelope envelope(bytes);
  envelope.check(good.published().set.delegation(kPackage)->keys, kPackage);
  manifest::read_catalogue(kPackage, trust::read_targets(envelope.value()));
}

void manifest_file(const Good& good, ByteView bytes) {
  const publish::Published published = good.published();
  const trust::OfflineProof proof({read(good.layout().shipped_root()),
                                   good.role(published, "targets"), good.role(published, kPackage)},
                                  kPackage);
  manifest::parse(proof.verify(bytes));
}

void key(const Good&, ByteView bytes) {
  static_cast<void>(trust::KeyVault(kPassphrase, trust::KeyVault::Cost::interactive).open(bytes));
}

void policy(const Good&, ByteView bytes) {
  publish::parse_policy(bytes, "policy.json");
}

/// As `root import` takes it.
void root_draft(const Good& good, ByteView bytes) {
  const auto draft = publish::RootDraft::parse(bytes);
  if (!draft.follows(read(good.layout().shipped_root()))) throw Error(Code::usage_invalid);
  static_cast<void>(draft.root_file());
}

/// Lays the bytes where an installation has such a file, for as long as `use` runs.
template <typename Use>
void in_installation(ByteView bytes, fs::Path (install::Layout::*place)() const, const Use& use) {
  std::string folder = fs::to_utf8(std::filesystem::temp_directory_path() / "example-XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) throw Error(Code::io_failed);
  const install::Layout layout{fs::from_utf8(folder)};
  fs::make_directories(fs::native(), layout.state());
  fs::write_file_atomically(fs::native(), (layout.*place)(), bytes);
  try {
    use(layout);
  } catch (...) {
    fs::remove_tree(fs::native(), layout.root);
    throw;
  }
  fs::remove_tree(fs::native(), layout.root);
}

void config(const Good&, ByteView bytes) {
  in_installation(bytes, &install::Layout::config,
                  [](const auto& layout) { client::load_config(fs::native(), layout); });
}

void installed(const Good&, ByteView bytes) {
  in_installation(bytes, &install::Layout::installed,
                  [](const auto& layout) { install::load_installed(fs::native(), layout); });
}

void history(const Good&, ByteView bytes) {
  const auto lines = std::ranges::count(bytes, std::uint8_t{'\n'});
  in_installation(bytes, &install::Layout::history, [&](const auto& layout) {
    const auto entries = install::load_history(fs::native(), layout);
    if (std::ssize(entries) != lines) throw Error(Code::corrupt_state);
  });
}

void journal(const Good&, ByteView bytes) {
  install::Journal::read(bytes);
}

/// Everything that a client could read of a repository; the file is its timestamp.
void repository(const Good& good, ByteView) {
  Observer observer;
  const auto audit =
      publish::verify_repository(fs::native(), good.layout(), {}, good.now(), observer);
  for (const auto& problem : audit.problems) {
    std::fputs(fmt::format("{}: {}\n", problem.path, problem.error).c_str(), stderr);
  }
  if (!audit.problems.empty()) throw Error(Code::repository_invalid);
}

using Reader = void (*)(const Good& good, ByteView bytes);
const std::map<std::string, Reader> kReaders{
    {"root", root},
    {"timestamp", timestamp},
    {"snapshot", snapshot},
    {"targets", targets},
    {"role", role},
    {"manifest", manifest_file},
    {"key", key},
    {"config", config},
    {"installed", installed},
    {"history", history},
    {"journal", journal},
    {"repository", repository},
    {"policy", policy},
    {"root-draft", root_draft},
};

void sign(const char* key_file, const char* file) {
  trust::KeyVault vault(kPassphrase, trust::KeyVault::Cost::interactive);
  const trust::SecretKey secret = vault.open(read(fs::from_utf8(key_file)));
  const std::array<const trust::Signer*, 1> keys{&secret};
  const Json value = parse_strict(read(fs::from_utf8(file)), Code::trust_malformed);
  const Bytes bytes = trust::sign(value.at("signed"), keys);
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    if (std::string(argv[1]) == "sign") {
      sign(argv[2], argv[3]);
      return 0;
    }
    const auto reader = kReaders.find(argv[2]);
    if (reader == kReaders.end()) return 2;
    reader->second(Good(fs::from_utf8(argv[1])), read(fs::from_utf8(argv[3])));
    std::puts("ok");
  } catch (const Error& error) {
    std::fputs((std::string(error.what()) + "\n").c_str(), stderr);
    std::puts(std::string(info(error.code()).id).c_str());
  }
  return 0;
}
