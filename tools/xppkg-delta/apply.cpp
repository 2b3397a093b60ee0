#include "patch/apply.hpp"

#include <nlohmann/json.hpp>

#include "delta/decoder.hpp"
#include "verbs.hpp"

namespace xppkg::delta_tool {
namespace {

using cli::text;
using nlohmann::json;

struct Arguments {
  std::string old_place;
  std::string patch;
  std::string new_place;
  patch::ApplyOptions options;
};

json to_json(const patch::Applied& applied) {
  return {{"kind", applied.kind == patch::Kind::file ? "file" : "folder"},
          {"format", applied.format == patch::Format::bsdiff ? "bsdiff" : "xppkg"},
          {"files", applied.files},
          {"bytes", applied.bytes},
          {"verified", applied.verified}};
}

void show(const patch::Applied& applied, const std::string& place) {
  const std::string bytes = cli::human_bytes(applied.bytes);
  if (applied.kind == patch::Kind::folder) {
    cli::say(text("{}: {} files, {}, as the patch says.", place, applied.files, bytes));
  } else if (applied.verified) {
    cli::say(text("{}: {}, as the patch says.", place, bytes));
  } else {
    cli::say(text("{}: {}. A BSDIFF40 patch cannot tell whether that is right.", place, bytes));
  }
}

int run(const cli::Context& context, const Arguments& arguments) {
  patch::Applied applied;
  {
    cli::ConsoleObserver observer(context.output_options);
    applied =
        patch::apply(fs::native(), input_path(arguments.old_place), input_path(arguments.patch),
                     output_path(arguments.new_place), arguments.options, observer);
  }
  if (context.output_options.json) {
    cli::print(to_json(applied));
  } else {
    show(applied, arguments.new_place);
  }
  return 0;
}

}  // namespace

void add_apply(const cli::Command& app, cli::Context& context) {
  const cli::Command verb = app.add_subcommand(
      "apply", text("Create NEW from OLD and a patch, also one of bsdiff (BSDIFF40)"));
  auto arguments = std::make_shared<Arguments>();
  patch::ApplyOptions& options = arguments->options;
  options.threads = delta::usual_decode_threads();
  verb.add_option("OLD", arguments->old_place, text("The old file or folder")).required();
  verb.add_option("PATCH", arguments->patch, text("The patch")).required();
  verb.add_option("NEW", arguments->new_place, text("The file or folder to create")).required();
  verb.add_option("--threads", options.threads,
                  text("How many threads decode (default: one for each core, 4 at most)"))
      .range(1, 1024)
      .type_name("N");
  verb.add_flag("--force", options.replace, text("Replace an existing output file"));
  verb.add_examples(
      "  xppkg-delta apply app-1.0 app.patch app-1.1\n"
      "  xppkg-delta apply old.exe exe.patch new.exe");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::delta_tool
