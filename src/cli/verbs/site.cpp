#include "xppkg/site.hpp"

#include <nlohmann/json.hpp>

#include "site_key_options.hpp"

namespace xppkg::cli {
namespace {

using nlohmann::json;

void add_schema_verb(const Command& site, FolderContext& context, const char* name,
                     const std::string& about) {
  const Command verb = site.add_subcommand(name, about);
  verb.add_examples(std::string("  xppkg -C /opt/app site ") + name);
  verb.callback([&context] {
    context.run = [&context] {
      const bool changed = Site(context.folder).migrate();
      if (context.output_options.json) {
        print(json{{"changed", changed}});
      } else {
        say(changed ? text("The database now has the newest tables.")
                    : text("The database has the newest tables already."));
      }
      return 0;
    };
  });
}

void show(const SiteCheck& check, const OutputOptions& output_options) {
  if (output_options.json) {
    return print(json{{"database", check.database},
                      {"site", check.site},
                      {"pinned", check.pinned},
                      {"released", check.released},
                      {"counter", check.counter},
                      {"files", check.files},
                      {"bytes", check.bytes},
                      {"keys", check.keys},
                      {"requires_signatures", check.requires_signatures}});
  }
  print(text("Database: {}", check.database));
  if (!check.site.empty()) print(text("Site: {}", check.site));
  if (!check.pinned.empty()) print(text("Only decisions for site {} count here.", check.pinned));
  print(check.released.empty() ? text("Nothing was released here yet.")
                               : text("Released: {} (decision {})", check.released, check.counter));
  print(text("Files of it in the database: {} ({})", check.files, human_bytes(check.bytes)));
  print(check.requires_signatures
            ? text("Decisions need a signature by one of {} site keys.", check.keys)
            : text("Decisions need no signature."));
}

void add_site_check(const Command& site, FolderContext& context) {
  const Command verb =
      site.add_subcommand("check", text("Could this workstation follow decisions?"));
  verb.add_examples("  xppkg -C /opt/app site check");
  verb.callback([&context] {
    context.run = [&context] {
      show(Site(context.folder).check(), context.output_options);
      return 0;
    };
  });
}

std::string state_of(const DecisionItem& item) {
  if (!item.is_valid) return text("not valid");
  return item.held ? text("on hold") : std::string(id(item.policy));
}

void show(const std::vector<DecisionItem>& items, const OutputOptions& output_options) {
  if (output_options.json) {
    json list = json::array();
    for (const DecisionItem& item : items) {
      list.push_back({{"counter", item.counter},
                      {"version", item.version},
                      {"previous", item.previous},
                      {"policy", id(item.policy)},
                      {"held", item.held},
                      {"signed", item.is_signed},
                      {"valid", item.is_valid},
                      {"decided_at", item.decided_at},
                      {"decided_by", item.decided_by},
                      {"workstation", item.workstation},
                      {"note", item.note}});
    }
    return print(list);
  }
  if (items.empty()) say(text("Nothing was released here yet."));
  for (const DecisionItem& item : items) {
    print(fmt::format("{:>4}  {}  {:>12} -> {:<12} {:<11} {} ({}){}{}", item.counter,
                      item.decided_at, item.previous.empty() ? "-" : item.previous, item.version,
                      state_of(item), item.decided_by, item.workstation,
                      item.note.empty() ? "" : ": ", item.note));
  }
}

void add_site_history(const Command& site, FolderContext& context) {
  const Command verb =
      site.add_subcommand("history", text("Show what was decided, the newest first"));
  verb.add_examples("  xppkg -C /opt/app site history");
  verb.callback([&context] {
    context.run = [&context] {
      show(Site(context.folder).decisions(), context.output_options);
      return 0;
    };
  });
}

void add_key_new(const Command& keys, FolderContext& context) {
  const Command verb =
      keys.add_subcommand("new", text("Create a key: FILE, and FILE.pub for workstations"));
  auto key = std::make_shared<SiteKey>();
  verb.add_option("FILE", key->file, text("The new key file")).required();
  add_passphrase_options(verb, *key, /*is_new=*/true);
  verb.add_examples("  xppkg site key new site.key");
  verb.callback([&context, key] {
    context.run = [&context, key] {
      make_site_key(*key);
      if (context.output_options.json) {
        print(json{{"key", key->file}, {"public", key->file + ".pub"}});
      } else {
        say(text("Created {0} (keep it secret) and {0}.pub (for xppkg site key trust).",
                 key->file));
      }
      return 0;
    };
  });
}

void add_key_trust(const Command& keys, FolderContext& context) {
  const Command verb = keys.add_subcommand(
      "trust", text("Follow only decisions that this key, or another trusted one, has signed"));
  auto file = std::make_shared<std::string>();
  auto site = std::make_shared<std::string>();
  verb.add_option("FILE", *file, text("The public key")).required();
  verb.add_option("--site", *site, text("Only decisions for the site with this id count"))
      .type_name("ID");
  verb.add_examples("  xppkg -C /opt/app site key trust site.key.pub");
  verb.callback([&context, file, site] {
    context.run = [&context, file, site] {
      const std::string pinned = Site(context.folder).trust_key(*file, *site);
      if (context.output_options.json) {
        print(json{{"trusted", *file}, {"site", pinned}});
        return 0;
      }
      say(text("From now on decisions need a signature here."));
      if (!pinned.empty()) say(text("Only decisions for site {} count here.", pinned));
      return 0;
    };
  });
}

}  // namespace

void add_site(const Command& app, FolderContext& context) {
  const Command site =
      app.add_subcommand("site", text("The site's database: tables, history, keys"));
  site.require_subcommand(1, 0);
  add_schema_verb(site, context, "init", text("Create the tables in the site's database"));
  add_schema_verb(site, context, "migrate", text("Update the tables to the newest form"));
  add_site_check(site, context);
  add_site_history(site, context);
  const Command keys = site.add_subcommand("key", text("Keys that sign the site's decisions"));
  keys.require_subcommand(1, 0);
  add_key_new(keys, context);
  add_key_trust(keys, context);
  keys.add_examples(
      "  xppkg site key new site.key\n"
      "  xppkg -C /opt/app site key trust site.key.pub");
  site.add_examples(
      "  xppkg -C /opt/app site init\n"
      "  xppkg -C /opt/app site check");
}

}  // namespace xppkg::cli
