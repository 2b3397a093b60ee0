#include "key_verbs.hpp"

#include <nlohmann/json.hpp>

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;

/// The metadata and the keys of one role.
struct Row {
  std::string role;
  trust::Common common;
  trust::RoleKeys keys;
};

std::vector<Row> rows(const publish::Published& published) {
  const auto& set = published.set;
  const auto& top = set.root().roles;
  std::vector<Row> all{{"root", set.root(), top.at("root")},
                       {"timestamp", *set.timestamp(), top.at("timestamp")},
                       {"snapshot", *set.snapshot(), top.at("snapshot")},
                       {"targets", set.targets(), top.at("targets")}};
  for (const std::string& package : published.packages) {
    all.push_back({package, set.delegated(package), set.delegation(package)->keys});
  }
  return all;
}

/// The place of a key: "file timestamp.key.json", or with the signer, or nowhere here.
struct KeyPlace {
  std::string file;
  bool signer = false;
};

KeyPlace place_of(const publish::KeyRing& ring, const trust::PublicKey& key) {
  KeyPlace place{ring.file_of(key), false};
  for (const auto& one : ring.external_keys()) place.signer |= one.same_key_as(key);
  if (!place.file.empty()) place.file += ".key.json";
  return place;
}

std::string for_people(const KeyPlace& place) {
  if (place.signer) return text("with the signer");
  return place.file.empty() ? text("not here") : place.file;
}

bool is_trusted(const std::vector<Row>& all, const trust::PublicKey& key) {
  return std::ranges::any_of(all, [&](const Row& row) {
    return std::ranges::any_of(row.keys.keys,
                               [&](const auto& one) { return one.same_key_as(key); });
  });
}

std::vector<std::string> untrusted_files(const publish::KeyRing& ring,
                                         const std::vector<Row>& all) {
  std::vector<std::string> names;
  for (const publish::KeyFile& file : ring.files()) {
    if (!file.key || !is_trusted(all, *file.key)) names.push_back(file.name + ".key.json");
  }
  return names;
}

/// Keys of the signer that no role trusts, by their ids.
std::vector<std::string> offered(const publish::KeyRing& ring, const std::vector<Row>& all) {
  std::vector<std::string> ids;
  for (const auto& key : ring.external_keys()) {
    if (!is_trusted(all, key)) ids.push_back(key.id());
  }
  return ids;
}

json to_json(const Row& row, const publish::KeyRing& ring) {
  json keys = json::array();
  for (const trust::PublicKey& key : row.keys.keys) {
    const KeyPlace place = place_of(ring, key);
    keys.push_back({{"keyid", key.id()},
                    {"key", key.to_json()},
                    {"file", place.file.empty() ? json() : json(place.file)},
                    {"signer", place.signer}});
  }
  return {{"role", row.role},
          {"threshold", row.keys.threshold},
          {"version", row.common.version},
          {"expires", trust::format_time(row.common.expires)},
          {"keys", keys}};
}

void show(const Row& row, const publish::KeyRing& ring) {
  cli::print(text("{:<12} {} of {} keys, version {}, until {}", row.role, row.keys.threshold,
                  row.keys.keys.size(), row.common.version,
                  trust::format_time(row.common.expires)));
  for (const trust::PublicKey& key : row.keys.keys) {
    cli::print(fmt::format("  {}  {}", short_id(key.id()), for_people(place_of(ring, key))));
  }
}

int run(const Context& context) {
  const publish::KeyRing ring = context.open_keys();
  const auto published = publish::read_repository(fs::native(), context.layout(), now(),
                                                  {1, publish::Expiry::ignored});
  const std::vector<Row> all = rows(published);
  const auto others = untrusted_files(ring, all);
  const auto signers = offered(ring, all);
  const json warnings = tell_expiry(context, published);
  if (context.output_options.json) {
    json roles = json::array();
    for (const Row& row : all) roles.push_back(to_json(row, ring));
    cli::print(json{
        {"roles", roles}, {"untrusted", others}, {"offered", signers}, {"warnings", warnings}});
    return 0;
  }
  for (const Row& row : all) show(row, ring);
  for (const std::string& name : others) cli::print(text("No role trusts {}.", name));
  for (const std::string& id : signers) {
    cli::print(text("No role trusts {} of the signer.", short_id(id)));
  }
  return 0;
}

}  // namespace

void add_key_list(const cli::Command& group, Context& context) {
  const cli::Command verb = group.add_subcommand(
      "list", text("Show the roles, their keys, and until when they are valid"));
  add_repository(verb, context);
  add_keys(verb, context);
  verb.add_examples(
      "  xppkg-release key list /srv/releases\n"
      "  xppkg-release --json key list /srv/releases");
  verb.callback([&context] { context.run = [&context] { return run(context); }; });
}

}  // namespace xppkg::release_tool
