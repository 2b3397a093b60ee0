#include "fs/files.hpp"

#include <nlohmann/json.hpp>
#include "key_verbs.hpp"
#include "publish/root_draft.hpp"

namespace xppkg::release_tool {
namespace {

using cli::text;
using nlohmann::json;
using publish::RootDraft;

/// The receiver of lines for people.
using Tell = std::function<void(const std::string&)>;

struct Arguments {
  std::string file;
  std::string root;  ///< a root that is known to be the vendor's
  std::optional<std::uint64_t> days;
};

fs::Path path_of(const Arguments& arguments) {
  return std::filesystem::absolute(fs::from_utf8(arguments.file)).lexically_normal();
}

bool has(const trust::RoleKeys& role, const trust::PublicKey& key) {
  return std::ranges::any_of(role.keys, [&](const auto& one) { return one.same_key_as(key); });
}

/// Shows the changes for one role: "+" a new key, "-" one that goes, " " one that stays.
void show_role(const Tell& tell, const std::string& role, const trust::RoleKeys& before,
               const trust::RoleKeys& after) {
  std::string line =
      text("{:<12} {} of {} keys must sign", role, after.threshold, after.keys.size());
  if (before.threshold != after.threshold) {
    line += text(" (before: {} of {})", before.threshold, before.keys.size());
  }
  tell(line);
  for (const auto& key : after.keys) {
    tell(fmt::format("  {} {}", has(before, key) ? ' ' : '+', key.id()));
  }
  for (const auto& key : before.keys) {
    if (!has(after, key)) tell(fmt::format("  - {}", key.id()));
  }
}

/// The root that the signer knows: the one that was named, else what these keys know.
std::optional<Bytes> known_root(const Arguments& arguments, const publish::KeyRing* keys) {
  if (!arguments.root.empty()) {
    return fs::read_given_file(fs::native(), arguments.root, trust::Limits::root);
  }
  return keys == nullptr ? std::nullopt : publish::known_root(fs::native(), *keys);
}

void check_base(const RootDraft& draft, const std::optional<Bytes>& known) {
  if (!known || draft.is_rooted_in(*known)) return;
  throw Error(Code::trust_signature,
              {{"role", "root"},
               {"reason", "the draft does not follow the root that is known here"},
               {"draft of root", fmt::to_string(draft.next().version)}});
}

/// Differences are told against a root that is known; without one every key is a new one.
void show(const RootDraft& draft, bool base_is_known, const Tell& tell) {
  if (!base_is_known) {
    tell(
        text("No root is known here that this draft could be compared with (--root FILE). So all "
             "keys are shown as new: compare each id with your list."));
  }
  tell(text("Root {}, follows root {}, valid until {}", draft.next().version, draft.base().version,
            trust::format_time(draft.next().expires)));
  for (const auto& [role, keys] : draft.next().roles) {
    show_role(tell, role,
              base_is_known ? draft.base().roles.at(role) : trust::RoleKeys{{}, keys.threshold},
              keys);
  }
}

std::string signatures(const RootDraft& draft) {
  return text("Signatures: {} of {} that the old root requires, {} of {} of the new one",
              draft.signatures_of(draft.base()), draft.base().roles.at("root").threshold,
              draft.signatures_of(draft.next()), draft.next().roles.at("root").threshold);
}

json roles_json(const trust::Root& root) {
  json roles = json::object();
  for (const auto& [role, keys] : root.roles) {
    json ids = json::array();
    for (const auto& key : keys.keys) ids.push_back(key.id());
    roles[role] = {{"keyids", ids}, {"threshold", keys.threshold}};
  }
  return roles;
}

json to_json(const RootDraft& draft, bool base_is_known) {
  return {{"base_known", base_is_known},
          {"root", draft.next().version},
          {"expires", trust::format_time(draft.next().expires)},
          {"roles", roles_json(draft.next())},
          {"before", roles_json(draft.base())},
          {"complete", draft.is_complete()}};
}

int run_show(const Context& context, const Arguments& arguments) {
  const RootDraft draft = publish::read_draft(fs::native(), path_of(arguments));
  const auto known = known_root(arguments, nullptr);
  check_base(draft, known);
  if (context.output_options.json) {
    cli::print(to_json(draft, known.has_value()));
  } else {
    show(draft, known.has_value(), [](const std::string& line) { cli::print(line); });
    cli::print(signatures(draft));
  }
  return 0;
}

int run_sign(const Context& context, const Arguments& arguments) {
  if (context.keys.empty() && context.signer.empty()) {
    throw Error(Code::usage_invalid, {{"reason", "--keys DIR or --signer CMD is needed"}});
  }
  publish::KeyRing ring = context.open_keys();
  RootDraft draft = publish::read_draft(fs::native(), path_of(arguments));
  const auto known = known_root(arguments, &ring);
  check_base(draft, known);
  // Before the passphrase is asked for: who signs sees what.
  if (!context.output_options.json)
    show(draft, known.has_value(), [](const std::string& line) { cli::say(line); });
  const auto added = draft.sign(ring);
  if (added.empty() && ring.at_hand(draft.base().roles.at("root")).empty() &&
      ring.at_hand(draft.next().roles.at("root")).empty()) {
    throw Error(Code::trust_key, {{"role", "root"},
                                  {"reason", "none of the keys that sign this draft is at hand"},
                                  {"keys", fs::to_utf8(ring.folder())}});
  }
  publish::write_draft(fs::native(), path_of(arguments), draft);
  publish::know_base(fs::native(), ring, draft);
  if (context.output_options.json) {
    json result = to_json(draft, known.has_value());
    result["signed_by"] = added;
    cli::print(result);
    return 0;
  }
  for (const auto& id : added) cli::say(text("Signed with {}.", short_id(id)));
  cli::say(signatures(draft));
  return 0;
}

int run_export(const Context& context, const Arguments& arguments) {
  publish::KeyRing ring = context.open_keys();
  publish::ChangeOptions options;
  options.draft = path_of(arguments);
  options.root_days = arguments.days;
  const auto layout = context.layout();
  publish::KeyChanger changer(fs::native(), layout, ring, now(), options);
  changer.renew_root();
  tell(context, changer.finish(), arguments.file);
  return 0;
}

int run_import(const Context& context, const Arguments& arguments) {
  publish::KeyRing ring = context.open_keys();
  const auto change =
      publish::import_root(fs::native(), context.layout(), ring, path_of(arguments), now());
  if (!context.output_options.json && change.root == 0 && !change.finished) {
    cli::say(text("This root is published already."));
    return 0;
  }
  tell(context, change, "");
  return 0;
}

void add_known_root(const cli::Command& verb, Arguments& arguments) {
  verb.add_option("--root", arguments.root,
                  text("A known root of the vendor, to compare the draft with (default: the one "
                       "that these keys signed last)"))
      .type_name("FILE");
}

using Run = int (*)(const Context&, const Arguments&);

cli::Command start(const cli::Command& group, const char* name, const std::string& what,
                   Context& context, bool has_repository,
                   const std::shared_ptr<Arguments>& arguments, Run run) {
  const cli::Command verb = group.add_subcommand(name, what);
  if (has_repository) add_repository(verb, context);
  verb.add_option("FILE", arguments->file, text("The draft of the next root")).required();
  verb.callback([&context, arguments, run] {
    context.run = [&context, arguments, run] { return run(context, *arguments); };
  });
  return verb;
}

}  // namespace

void add_root(const cli::Command& app, Context& context) {
  const cli::Command group = app.add_subcommand(
      "root", text("Sign the next root where its keys are: export, sign, import"));
  group.require_subcommand(1, 0);
  auto arguments = std::make_shared<Arguments>();

  cli::Command verb = start(group, "export", text("Write the next root as a draft to be signed"),
                            context, true, arguments, run_export);
  verb.add_option("--days", arguments->days,
                  text("Validity of the new root in days (default: policy)"))
      .range(1, 36500)
      .type_name("N");
  add_key_folder(verb, context);
  verb.add_examples("  xppkg-release root export /srv/releases root-2.draft --days 1825");

  verb = start(group, "show", text("Show what a draft changes, and who has signed it"), context,
               false, arguments, run_show);
  add_known_root(verb, *arguments);
  verb.add_examples("  xppkg-release root show root-2.draft --root root.json");

  verb = start(group, "sign", text("Add the signatures of the available root keys to a draft"),
               context, false, arguments, run_sign);
  add_keys(verb, context);
  add_known_root(verb, *arguments);
  verb.add_examples(
      "  xppkg-release root sign root-2.draft --keys /media/stick\n"
      "  xppkg-release root sign root-2.draft --signer hsm-sign");

  verb = start(group, "import", text("Publish a signed root, and sign what it changes"), context,
               true, arguments, run_import);
  add_keys(verb, context);
  verb.add_examples("  xppkg-release root import /srv/releases root-2.draft");
  group.add_examples(
      "  xppkg-release root export /srv/releases root-2.draft\n"
      "  xppkg-release root sign root-2.draft --keys /media/stick\n"
      "  xppkg-release root import /srv/releases root-2.draft");
}

}  // namespace xppkg::release_tool
