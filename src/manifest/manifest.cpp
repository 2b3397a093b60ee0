#include "manifest/manifest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/checked.hpp"
#include "read_version.hpp"
#include "trust/role_name.hpp"

namespace xppkg::manifest {
namespace {

constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::size_t kMaxPayloads = 64;
constexpr std::size_t kMaxBlocks = 1'000'000;
constexpr std::array<const char*, 3> kKinds{"file", "directory", "symlink"};
constexpr const char* kType = "xppkg-manifest";

std::string octal(std::uint32_t mode) {
  return fmt::format("{:03o}", mode);
}

std::uint32_t read_mode(const Fields& fields) {
  const std::string text = fields.text("mode");
  const bool valid =
      text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
  if (!valid) fields.fail("a mode that is not three octal digits");
  return static_cast<std::uint32_t>((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0'));
}

EntryKind read_kind(const Fields& fields) {
  const auto found = std::ranges::find(kKinds, fields.text("kind"));
  if (found == kKinds.end()) fields.fail("an unknown kind of entry");
  return static_cast<EntryKind>(found - kKinds.begin());
}

Entry read_entry(const Json& json) {
  const Fields fields(json, "entry", Code::trust_malformed);
  Entry entry;
  entry.path = RelPath::parse(fields.text("path"));
  entry.kind = read_kind(fields);
  if (entry.kind == EntryKind::symlink) {
    entry.target = fields.text("target");
    return entry;
  }
  entry.mode = read_mode(fields);
  if (entry.kind == EntryKind::directory) return entry;
  entry.size = fields.number("size");
  entry.digest = Blake2b::from_hex(fields.text("blake2b"));
  entry.config = fields.flag_or("config", false);
  return entry;
}

Json write_entry(const Entry& entry) {
  Json json{{"path", entry.path.text()}, {"kind", kKinds[static_cast<std::size_t>(entry.kind)]}};
  if (entry.kind == EntryKind::symlink) {
    json["target"] = entry.target;
    return json;
  }
  json["mode"] = octal(entry.mode);
  if (entry.kind == EntryKind::directory) return json;
  json["size"] = entry.size;
  json["blake2b"] = entry.digest.hex();
  if (entry.config) json["config"] = true;
  return json;
}

Payload read_payload(const Json& json) {
  const Fields fields(json, "payload", Code::trust_malformed);
  Payload payload;
  payload.path = fields.text("path");
  const std::string kind = fields.text("kind");
  if (kind == "delta") {
    payload.from = fields.text("from");
    payload.base = Blake2b::from_hex(fields.text("base"));
  } else if (kind != "full") {
    fields.fail("an unknown kind of payload");
  }
  for (const Json& item : fields.array("blocks", kMaxBlocks)) {
    const Fields block(item, "block", Code::trust_malformed);
    payload.blocks.push_back({block.number("size"), Blake2b::from_hex(block.text("blake2b"))});
  }
  return payload;
}

Json write_payload(const Payload& payload) {
  Json json{{"path", payload.path}, {"kind", payload.base ? "delta" : "full"}};
  if (payload.base) {
    json["from"] = payload.from;
    json["base"] = payload.base->hex();
  }
  json["blocks"] = Json::array();
  for (const Block& block : payload.blocks) {
    json["blocks"].push_back({{"size", block.size}, {"blake2b", block.digest.hex()}});
  }
  return json;
}

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Names become folders of the repository: none that Windows reserves.
bool is_file_name(const std::string& name) {
  try {
    RelPath::parse(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void check_name(const std::string& name, const char* what, std::string_view others,
                std::size_t most) {
  const bool valid = !name.empty() && name.size() <= most && is_lower_alnum(name.front()) &&
                     std::ranges::all_of(name, [&](char c) {
                       return is_lower_alnum(c) || others.find(c) != std::string_view::npos;
                     });
  if (valid && is_file_name(name)) return;
  throw Error(Code::usage_invalid,
              {{what, name.substr(0, 80)},
               {"reason", fmt::format("letters a-z and digits, then also \"{}\"; at most {}",
                                      others, most)}});
}

}  // namespace

std::uint64_t Payload::size() const {
  return std::accumulate(
      blocks.begin(), blocks.end(), std::uint64_t{0},
      [](std::uint64_t sum, const Block& block) { return checked_add(sum, block.size); });
}

const Payload* Manifest::payload(const std::string& path) const {
  const auto found = std::ranges::find(payloads, path, &Payload::path);
  return found == payloads.end() ? nullptr : &*found;
}

Manifest parse(const trust::VerifiedBytes& bytes) {
  const Json envelope = parse_strict(bytes.bytes(), Code::trust_malformed);
  const Fields fields = Fields(envelope, "manifest", Code::trust_malformed).fields("signed");
  if (fields.text("_type") != kType) fields.fail("not a manifest");
  if (!fields.text("format").starts_with("1.")) {
    throw Error(Code::unsupported_format, {{"manifest", fields.text("format").substr(0, 32)}});
  }
  Manifest manifest;
  manifest.package = fields.text("package");
  manifest.version = read_version(fields.text("version"));
  manifest.platform = fields.text("platform");
  manifest.released = trust::parse_time(fields.text("released"));
  manifest.notes = fields.text_or("notes", "");
  manifest.tree = Blake2b::from_hex(fields.text("tree"));
  for (const Json& item : fields.array("entries", kMaxEntries)) {
    manifest.entries.push_back(read_entry(item));
  }
  sort_and_check(manifest.entries);
  if (tree_digest(manifest.entries) != manifest.tree) {
    fields.fail("the tree's digest is not that of the entries");
  }
  for (const Json& item : fields.array("payloads", kMaxPayloads)) {
    manifest.payloads.push_back(read_payload(item));
  }
  return manifest;
}

Json to_json(const Manifest& manifest) {
  Json json{{"_type", kType},
            {"format", "1.0"},
            {"package", manifest.package},
            {"version", manifest.version.text()},
            {"platform", manifest.platform},
            {"released", trust::format_time(manifest.released)},
            {"tree", manifest.tree.hex()},
            {"entries", Json::array()},
            {"payloads", Json::array()}};
  if (!manifest.notes.empty()) json["notes"] = manifest.notes;
  for (const Entry& entry : manifest.entries) json["entries"].push_back(write_entry(entry));
  for (const Payload& payload : manifest.payloads) {
    json["payloads"].push_back(write_payload(payload));
  }
  return json;
}

void check_package_name(const std::string& name) {
  check_name(name, "package", "-_.", 64);
  if (!trust::is_delegated_role_name(name)) {
    throw Error(Code::usage_invalid, {{"package", name}, {"reason", "TUF uses the name itself"}});
  }
}

void check_platform_name(const std::string& name) {
  check_name(name, "platform", "-_", 64);
}

void check_channel_name(const std::string& name) {
  check_name(name, "channel", "-", 32);
}

}  // namespace xppkg::manifest
