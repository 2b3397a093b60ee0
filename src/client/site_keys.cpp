#include "site_keys.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"
#include "site/site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxKeys = 32;
constexpr std::uint64_t kMaxPassphraseFile = 4096;

/// The signed bytes: canonical JSON, so that every program makes the same bytes of the same row.
std::string signed_text(const site::Decision& decision, const std::string& site) {
  return canonical({{"_type", "xppkg-decision"},
                    {"site", site},
                    {"package", decision.package},
                    {"counter", decision.counter},
                    {"version", decision.version},
                    {"tree", decision.tree.hex()},
                    {"decided_at", trust::format_time(decision.at)},
                    {"decided_by", decision.who},
                    {"workstation", decision.workstation},
                    {"previous", decision.previous},
                    {"policy", id(decision.policy)},
                    {"note", decision.note},
                    {"held", decision.held}});
}

bool is_signed_by(const site::Decision& decision, const std::string& site,
                  const trust::PublicKey& key) {
  const std::size_t colon = decision.signature.find(':');
  if (colon == std::string::npos || decision.signature.substr(0, colon) != key.id()) return false;
  try {
    const Bytes signature = from_hex(std::string_view(decision.signature).substr(colon + 1));
    return key.verifies(as_bytes(signed_text(decision, site)), signature);
  } catch (const Error&) {
    return false;  // No hex: no signature.
  }
}

}  // namespace

SiteKeys load_site_keys(fs::FileSystem& disk, const install::Layout& layout) {
  SiteKeys found;
  const auto bytes = fs::read_file_if_there(disk, layout.site_keys(), kMaxBytes);
  if (!bytes) return found;
  const Json json = parse_strict(*bytes, Code::corrupt_state);
  const Fields fields(json, "site-keys.json", Code::corrupt_state);
  found.are_required = fields.flag("require_signed_decisions");
  found.site = fields.text("site");
  if (!found.site.empty() && !site::is_site_id(found.site)) fields.fail("a site that is none");
  for (const Json& key : fields.array("keys", kMaxKeys)) {
    try {
      found.keys.push_back(trust::PublicKey::from_json(key));
    } catch (const Error& error) {
      fields.fail(error.what());
    }
  }
  return found;
}

void save_site_keys(fs::FileSystem& disk, const install::Layout& layout, const SiteKeys& keys) {
  Json list = Json::array();
  for (const trust::PublicKey& key : keys.keys) list.push_back(key.to_json());
  const Json json{
      {"require_signed_decisions", keys.are_required}, {"site", keys.site}, {"keys", list}};
  fs::write_file_atomically(disk, layout.site_keys(), as_bytes(pretty(json)));
}

trust::KeyVault open_vault(const SiteKey& key, fs::FileSystem& disk) {
  std::string passphrase;
  if (!key.passphrase_file.empty()) {
    Bytes bytes = fs::read_given_file(disk, key.passphrase_file, kMaxPassphraseFile);
    const auto end = std::ranges::find_first_of(bytes, std::string_view("\r\n"));
    passphrase.assign(bytes.begin(), end);
    trust::wipe(bytes);
  } else if (key.ask) {
    passphrase = key.ask();
  }
  if (passphrase.empty()) throw Error(Code::usage_passphrase, {{"reason", "it is empty"}});
  trust::KeyVault vault(passphrase);
  trust::wipe(passphrase);
  return vault;
}

std::string sign(const site::Decision& decision, const std::string& site,
                 const trust::Signer& signer) {
  const Bytes signature = signer.sign(as_bytes(signed_text(decision, site)));
  return signer.public_key().id() + ":" + to_hex(signature);
}

bool is_signed(const SiteKeys& keys, const site::Decision& decision) {
  return !keys.site.empty() && std::ranges::any_of(keys.keys, [&](const trust::PublicKey& key) {
    return is_signed_by(decision, keys.site, key);
  });
}

void check_signature(const SiteKeys& keys, const site::Decision& decision) {
  if (!keys.are_required || is_signed(keys, decision)) return;
  throw Error(Code::decision_signature,
              {{"version", decision.version},
               {"decision", std::to_string(decision.counter)},
               {"reason", decision.signature.empty() ? "it is not signed" : "no trusted key's"}});
}

}  // namespace xppkg::client
