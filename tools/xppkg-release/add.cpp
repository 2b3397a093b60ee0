#include "publish/add.hpp"

#include <nlohmann/json.hpp>

#include <system_error>

#include "base/utf8.hpp"
#include "fs/files.hpp"
#include "verbs.hpp"

namespace xppkg::release_tool {
namespace {

using cli::human_bytes;
using cli::text;
using nlohmann::json;

constexpr std::uint64_t kMaxNotes = 256 * 1024;

struct Arguments {
  publish::AddOptions options;
  std::string tree;
  std::string notes_file;
};

json to_json(const publish::AddResult& result, const json& warnings) {
  json deltas = json::array();
  for (const auto& delta : result.deltas) {
    deltas.push_back({{"from", delta.from}, {"bytes", delta.bytes}, {"kept", delta.kept}});
  }
  return {
      {"changed", result.changed},       {"files", result.files}, {"tree_bytes", result.tree_bytes},
      {"full_bytes", result.full_bytes}, {"deltas", deltas},      {"warnings", warnings}};
}

void show(const publish::AddResult& result, const publish::AddOptions& options) {
  if (!result.changed) {
    return cli::say(text("{} {} is published already.", options.package, options.version));
  }
  cli::say(text("Published {} {}: {} files, {}; full package {}", options.package, options.version,
                result.files, human_bytes(result.tree_bytes), human_bytes(result.full_bytes)));
  for (const auto& delta : result.deltas) {
    cli::say(delta.kept
                 ? text("  delta from {}: {}, verified", delta.from, human_bytes(delta.bytes))
                 : text("  delta from {}: {}, left out (over 80 % of the full package)", delta.from,
                        human_bytes(delta.bytes)));
  }
}

int run(const Context& context, Arguments& arguments) {
  if (!arguments.notes_file.empty()) {
    arguments.options.notes =
        as_text(fs::read_given_file(fs::native(), arguments.notes_file, kMaxNotes));
    if (!is_utf8(arguments.options.notes)) {
      throw Error(Code::usage_invalid,
                  {{"notes", arguments.notes_file}, {"reason", "they are not UTF-8"}});
    }
  }
  if (!context.passphrase_file.empty()) {
    const auto file = fs::from_utf8(context.passphrase_file);
    arguments.options.secret_files.push_back(std::filesystem::absolute(file));
  }
  const auto tree = std::filesystem::absolute(fs::from_utf8(arguments.tree)).lexically_normal();
  if (!fs::native().stat(tree)) {
    const auto missing = std::make_error_code(std::errc::no_such_file_or_directory);
    throw Error(Code::io_failed, {{"operation", "list"},
                                  {"path", fs::to_utf8(tree)},
                                  {"cause", missing.message()},
                                  {"published", "nothing"}});
  }
  const auto layout = context.layout();
  publish::KeyRing keys = context.open_keys();
  publish::AddResult result;
  {
    cli::ConsoleObserver observer(context.output_options);
    result =
        publish::add_release(fs::native(), layout, keys, tree, arguments.options, now(), observer);
  }
  if (!context.output_options.json) show(result, arguments.options);
  const json warnings = tell_expiry(context);
  if (context.output_options.json) cli::print(to_json(result, warnings));
  return 0;
}

}  // namespace

void add_add(const cli::Command& app, Context& context) {
  const cli::Command verb = app.add_subcommand(
      "add", text("Publish a folder as a release: full package, deltas, verification, signatures"));
  auto arguments = std::make_shared<Arguments>();
  publish::AddOptions& options = arguments->options;
  add_repository(verb, context);
  verb.add_option("TREE", arguments->tree, text("The folder with the files of the release"))
      .required();
  verb.add_option("--package", options.package, text("Name of the package")).required();
  verb.add_option("--version", options.version, text("Version, such as 4.07.0012 or 1.2.0-rc.1"))
      .required();
  verb.add_option("--platform", options.platform, text("Platform (default: any)"));
  verb.add_option("--channel", options.channel, text("Channel (default: stable)"));
  verb.add_option("--notes", arguments->notes_file, text("Text file: what is new"))
      .type_name("FILE");
  verb.add_option("--config", options.configs,
                  text("Pattern of files that users may change (may be repeated)"))
      .one_each()
      .type_name("GLOB");
  verb.add_option(
          "--allow-key", options.allowed_keys,
          text("Pattern of files that are published although they hold a key (may be repeated)"))
      .one_each()
      .type_name("GLOB");
  verb.add_option("--deltas", options.deltas, text("Maximum number of deltas (default: 3)"));
  verb.add_option("--level", options.level, text("Compression of zstd, 1 to 22 (default: 19)"));
  add_keys(verb, context);
  verb.add_examples(
      "  xppkg-release add /srv/releases --package app --version 4.07.0012 \\\n"
      "      --notes news.txt --config '*.ini' build/app");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::release_tool
