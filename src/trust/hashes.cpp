#include "trust/hashes.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::trust {

bool Hashes::match(ByteView bytes) const {
  if (empty()) return false;
  if (sha256 && xppkg::sha256(bytes) != *sha256) return false;
  return !sha512 || xppkg::sha512(bytes) == *sha512;
}

std::string Hashes::name_prefix() const {
  if (sha256) return sha256->hex();
  return sha512 ? sha512->hex() : std::string();
}

Hashes read_hashes(const Fields& fields) {
  const Fields list = fields.fields("hashes");
  Hashes hashes;
  if (list.has("sha256")) hashes.sha256 = Sha256::from_hex(list.text("sha256"));
  if (list.has("sha512")) hashes.sha512 = Sha512::from_hex(list.text("sha512"));
  if (hashes.empty()) list.fail("no hash of a known kind");
  return hashes;
}

Json write_hashes(const Hashes& hashes) {
  Json json = Json::object();
  if (hashes.sha256) json["sha256"] = hashes.sha256->hex();
  if (hashes.sha512) json["sha512"] = hashes.sha512->hex();
  return json;
}

}  // namespace xppkg::trust
