#include "metadata_common.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace xppkg::trust {
namespace {

constexpr std::string_view kSpecVersion = "1.0.34";
constexpr std::size_t kMaxKeys = 1024;

}  // namespace

Fields open_role(const Json& json, const char* type, Common& common) {
  Fields fields(json, type, Code::trust_malformed);
  if (fields.text("_type") != type) fields.fail("another role's metadata");
  const std::string spec = fields.text("spec_version");
  if (!spec.starts_with("1.")) {
    throw Error(Code::unsupported_format, {{"where", type}, {"spec_version", spec.substr(0, 32)}});
  }
  common.version = fields.number("version");
  if (common.version == 0) fields.fail("version 0");
  common.expires = parse_time(fields.text("expires"));
  return fields;
}

Json start_role(const char* type, const Common& common) {
  return {{"_type", type},
          {"spec_version", kSpecVersion},
          {"version", common.version},
          {"expires", format_time(common.expires)}};
}

FileMeta read_file_meta(const Fields& fields) {
  FileMeta meta;
  meta.version = fields.number("version");
  if (meta.version == 0) fields.fail("version 0");
  if (fields.has("length")) meta.length = fields.number("length");
  if (fields.has("hashes")) meta.hashes = read_hashes(fields);
  return meta;
}

Json write_file_meta(const FileMeta& meta) {
  Json json{{"version", meta.version}};
  if (meta.length) json["length"] = *meta.length;
  if (!meta.hashes.empty()) json["hashes"] = write_hashes(meta.hashes);
  return json;
}

// A key that this client cannot use may be there for newer ones; it must not help to sign here.
std::optional<PublicKey> usable_key(const std::string& id, const Json& value, Schemes allowed) {
  try {
    PublicKey key = PublicKey::from_json(value, allowed);
    if (key.id() == id) return key;
  } catch (const Error& error) {
    if (error.code() != Code::trust_key) throw;
  }
  return std::nullopt;
}

KeyMap read_keys(const Json& json, const Fields& where, Schemes allowed) {
  if (json.size() > kMaxKeys) where.fail("too many keys");
  KeyMap keys;
  for (const auto& [id, value] : json.items()) keys.emplace(id, usable_key(id, value, allowed));
  return keys;
}

RoleKeys read_role_keys(const Fields& role, const KeyMap& keys) {
  RoleKeys result;
  result.threshold = role.number("threshold");
  if (result.threshold == 0) role.fail("threshold 0");
  std::set<std::string> ids;
  for (const Json& item : role.array("keyids", kMaxKeys)) {
    if (!item.is_string()) role.fail("a key id that is no text");
    const std::string id = item.get<std::string>();
    if (!ids.insert(id).second) role.fail("a key id that occurs twice");
    const auto key = keys.find(id);
    if (key == keys.end()) role.fail("a key id without a key");
    if (!key->second) continue;
    // One key under two ids must not count twice towards the threshold.
    for (const PublicKey& other : result.keys) {
      if (other.same_key_as(*key->second)) role.fail("one key under two ids");
    }
    result.keys.push_back(*key->second);
  }
  return result;
}

void write_keys(Json& keys, const RoleKeys& role) {
  for (const PublicKey& key : role.keys) keys[key.id()] = key.to_json();
}

Json write_role_keys(const RoleKeys& role) {
  Json ids = Json::array();
  for (const PublicKey& key : role.keys) ids.push_back(key.id());
  return {{"keyids", ids}, {"threshold", role.threshold}};
}

}  // namespace xppkg::trust
