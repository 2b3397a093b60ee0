#include "base/json.hpp"

#include <nlohmann/json.hpp>
#include "fs/files.hpp"
#include "key_verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;
using publish::KeyChanger;

constexpr std::uint64_t kMaxKeyFile = 64 * 1024;

struct Arguments {
  std::string key;
  std::vector<std::string> keys;
  std::string role;
  std::optional<std::uint64_t> threshold;
  std::string draft;
};

using Change = std::function<void(KeyChanger& changer, publish::KeyRing& ring)>;

fs::Path absolute(const std::string& path) {
  return std::filesystem::absolute(fs::from_utf8(path)).lexically_normal();
}

int run(const Context& context, const Arguments& arguments, const Change& change) {
  publish::KeyRing ring = context.open_keys();
  publish::ChangeOptions options;
  if (!arguments.draft.empty()) options.draft = absolute(arguments.draft);
  const auto layout = context.layout();
  KeyChanger changer(fs::native(), layout, ring, now(), options);
  if (changer.finished_other_run()) {
    publish::KeyChange finished;
    finished.finished = true;
    tell(context, finished, "");
    return 0;
  }
  change(changer, ring);
  tell(context, changer.finish(), arguments.draft);
  return 0;
}

void check_name(const std::string& name) {
  if (publish::is_key_name(name)) return;
  throw Error(Code::usage_invalid,
              {{"name", name}, {"reason", "letters, digits, \".\", \"_\" and \"-\" only"}});
}

int make_key(const Context& context, const Arguments& arguments) {
  check_name(arguments.key);
  if (!arguments.role.empty()) {
    return run(context, arguments, [&](KeyChanger& changer, publish::KeyRing&) {
      changer.trust_key_file(arguments.key, arguments.role);
      if (arguments.threshold) changer.set_threshold(arguments.role, *arguments.threshold);
    });
  }
  if (arguments.threshold || !arguments.draft.empty()) {
    throw Error(Code::usage_invalid, {{"reason", "--threshold and --export need --role"}});
  }
  publish::KeyRing ring = context.open_keys();
  publish::KeyChange change;
  change.created.push_back({arguments.key, ring.create(arguments.key).public_key().id()});
  tell(context, change, "");
  return 0;
}

/// A key at hand, or the public part that somebody else sent: a key file, or TUF's key object.
trust::PublicKey read_key(const publish::KeyRing& ring, const std::string& word) {
  if (const auto found = ring.find(word)) return *found;
  const auto bytes = fs::read_file_if_there(fs::native(), absolute(word), kMaxKeyFile);
  if (!bytes) {
    throw Error(Code::usage_invalid, {{"key", word}, {"reason", "no such key is at hand"}});
  }
  const Json object = parse_strict(*bytes, Code::trust_key);
  return object.is_object() && object.contains("public") ? trust::KeyVault::public_key(*bytes)
                                                         : trust::PublicKey::from_json(object);
}

cli::Command start(const cli::Command& group, const char* name, const std::string& what,
                   Context& context) {
  const cli::Command verb = group.add_subcommand(name, what);
  add_repository(verb, context);
  return verb;
}

void end(const cli::Command& verb, Context& context, const std::shared_ptr<Arguments>& arguments,
         const std::string& examples) {
  verb.add_option(
          "--export", arguments->draft,
          text("If root keys are kept elsewhere: write the next root as a draft to be signed"))
      .type_name("FILE");
  add_keys(verb, context);
  add_quick_passphrase(verb, context);
  verb.add_examples(examples);
}

void add_role(const cli::Command& verb, Arguments& arguments) {
  verb.add_option("ROLE", arguments.role, text("root, timestamp, snapshot, targets, or a package"))
      .required();
}

void add_new(const cli::Command& group, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const cli::Command verb =
      start(group, "new", text("Create a key file, and let a role trust it"), context);
  verb.add_option("NAME", arguments->key, text("Name of the key file, without .key.json"))
      .required();
  verb.add_option("--role", arguments->role,
                  text("root, timestamp, snapshot, targets, or a package"))
      .type_name("ROLE");
  verb.add_option("--threshold", arguments->threshold,
                  text("How many keys of the role must sign from now on"))
      .type_name("N");
  end(verb, context, arguments,
      "  xppkg-release key new /srv/releases root-anna --role root\n"
      "  xppkg-release key new /srv/releases root-ben --role root --threshold 2\n"
      "  xppkg-release key new - root-anna --keys /media/stick");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return make_key(context, *arguments); };
  });
}

void add_trust(const cli::Command& group, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const cli::Command verb = start(
      group, "trust", text("Let a role trust a key of the signer, or of another person"), context);
  verb.add_option("KEY", arguments->key,
                  text("Key id, name of a key file, or a file with the public key"))
      .required();
  verb.add_option("--role", arguments->role,
                  text("root, timestamp, snapshot, targets, or a package"))
      .required()
      .type_name("ROLE");
  verb.add_option("--threshold", arguments->threshold,
                  text("How many keys of the role must sign from now on"))
      .type_name("N");
  end(verb, context, arguments,
      "  xppkg-release key trust /srv/releases 3f9ac2d1 --role app --signer hsm-sign\n"
      "  xppkg-release key trust /srv/releases anna.key.json --role root --threshold 2");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] {
      return run(context, *arguments, [&](KeyChanger& changer, publish::KeyRing& ring) {
        changer.trust_key(read_key(ring, arguments->key), arguments->role);
        if (arguments->threshold) changer.set_threshold(arguments->role, *arguments->threshold);
      });
    };
  });
}

void add_rotate(const cli::Command& group, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const cli::Command verb =
      start(group, "rotate", text("Replace all keys of a role with new ones"), context);
  add_role(verb, *arguments);
  end(verb, context, arguments,
      "  xppkg-release key rotate /srv/releases timestamp\n"
      "  xppkg-release key rotate /srv/releases timestamp --export root-2.draft");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] {
      return run(context, *arguments,
                 [&](KeyChanger& changer, publish::KeyRing&) { changer.rotate(arguments->role); });
    };
  });
}

void add_revoke(const cli::Command& group, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const cli::Command verb = start(
      group, "revoke", text("Revoke a lost or stolen key: no role trusts it any more"), context);
  verb.add_option("KEY", arguments->keys,
                  text("Name of a key file, or the first eight or more digits of a key id"))
      .required();
  end(verb, context, arguments,
      "  xppkg-release key revoke /srv/releases app.package\n"
      "  xppkg-release key revoke /srv/releases 3f9ac2d1 --export root-2.draft");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] {
      return run(context, *arguments, [&](KeyChanger& changer, publish::KeyRing&) {
        for (const std::string& key : arguments->keys) changer.revoke(key);
      });
    };
  });
}

void add_threshold(const cli::Command& group, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const cli::Command verb =
      start(group, "threshold", text("Set how many keys of a role must sign"), context);
  add_role(verb, *arguments);
  verb.add_option("N", arguments->threshold, text("At least 1, at most as many as it has"))
      .required();
  end(verb, context, arguments, "  xppkg-release key threshold /srv/releases root 2");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] {
      return run(context, *arguments, [&](KeyChanger& changer, publish::KeyRing&) {
        changer.set_threshold(arguments->role, *arguments->threshold);
      });
    };
  });
}

}  // namespace

void tell(const Context& context, const publish::KeyChange& change, const std::string& draft) {
  if (context.output_options.json) {
    json made = json::array();
    for (const auto& key : change.created) made.push_back({{"name", key.name}, {"keyid", key.id}});
    const bool changed = change.root != 0 || !change.created.empty() || !change.roles.empty();
    cli::print(json{{"changed", changed},
                    {"finished", change.finished},
                    {"made", made},
                    {"added", change.added},
                    {"removed", change.removed},
                    {"roles", change.roles},
                    {"signed", change.signed_roles},
                    {"root", change.root == 0 ? json() : json(change.root)},
                    {"draft", change.is_draft ? json(draft) : json()}});
    return;
  }
  if (change.finished) {
    return cli::say(
        text("An interrupted change of keys was completed. See key list, and run the command again "
             "if it is still needed."));
  }
  for (const auto& key : change.created) {
    cli::say(text("New key: {}.key.json ({})", key.name, short_id(key.id)));
  }
  for (const auto& id : change.added) {
    const bool is_made =
        std::ranges::find(change.created, id, &publish::CreatedKey::id) != change.created.end();
    if (!is_made) cli::say(text("Trusted from now on: {}", short_id(id)));
  }
  for (const auto& id : change.removed) cli::say(text("No longer trusted: {}", short_id(id)));
  if (change.is_draft) {
    cli::say(
        text("Draft of root {}: {}. Sign it where the root keys are (root sign), then publish "
             "it (root import).",
             change.root, draft));
  } else if (change.root != 0) {
    cli::say(text("Published root {}.", change.root));
  }
  if (!change.signed_roles.empty()) {
    cli::say(text("Signed: {}", fmt::format("{}", fmt::join(change.signed_roles, ", "))));
  }
}

void add_key(const cli::Command& app, Context& context) {
  const cli::Command group = app.add_subcommand("key", text("Make, list, replace and revoke keys"));
  group.require_subcommand(1, 0);
  add_new(group, context);
  add_key_list(group, context);
  add_rotate(group, context);
  add_revoke(group, context);
  add_trust(group, context);
  add_threshold(group, context);
  group.add_examples(
      "  xppkg-release key list /srv/releases\n"
      "  xppkg-release key rotate /srv/releases timestamp");
}

}  // namespace xppkg::release_tool
