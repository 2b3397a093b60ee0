#include "patch/diff.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "verbs.hpp"

namespace xppkg::delta_tool {
namespace {

using cli::human_bytes;
using cli::text;
using nlohmann::json;

struct Arguments {
  std::string old_place;
  std::string new_place;
  std::string patch;
  std::string format = "xppkg";
  patch::DiffOptions options;
};

json to_json(const patch::Diffed& diffed, const Arguments& arguments) {
  return {{"kind", diffed.kind == patch::Kind::file ? "file" : "folder"},
          {"format", arguments.format},
          {"old_bytes", diffed.old_bytes},
          {"new_bytes", diffed.new_bytes},
          {"patch_bytes", diffed.patch_bytes}};
}

int run(const cli::Context& context, Arguments& arguments) {
  patch::DiffOptions& options = arguments.options;
  options.format = arguments.format == "bsdiff" ? patch::Format::bsdiff : patch::Format::xppkg;
  patch::Diffed diffed;
  {
    cli::ConsoleObserver observer(context.output_options);
    diffed =
        patch::diff(fs::native(), input_path(arguments.old_place), input_path(arguments.new_place),
                    output_path(arguments.patch), options, observer);
  }
  if (context.output_options.json) {
    cli::print(to_json(diffed, arguments));
  } else {
    cli::say(text("{}: {} make {} out of {}.", arguments.patch, human_bytes(diffed.patch_bytes),
                  human_bytes(diffed.new_bytes), human_bytes(diffed.old_bytes)));
  }
  return 0;
}

}  // namespace

void add_diff(const cli::Command& app, cli::Context& context) {
  const cli::Command verb = app.add_subcommand(
      "diff", text("Write the patch that turns OLD into NEW: two files or two folders"));
  auto arguments = std::make_shared<Arguments>();
  patch::DiffOptions& options = arguments->options;
  options.threads = std::max(1U, std::thread::hardware_concurrency());
  verb.add_option("OLD", arguments->old_place, text("The old file or folder")).required();
  verb.add_option("NEW", arguments->new_place, text("The new file or folder")).required();
  verb.add_option("PATCH", arguments->patch, text("The patch to write")).required();
  verb.add_option("--format", arguments->format,
                  text("Form of the patch: xppkg, or bsdiff for files (BSDIFF40)"))
      .choices({"xppkg", "bsdiff"});
  verb.add_option("--level", options.level, text("Compression of zstd, 1 to 22 (default: 19)"))
      .range(1, 22);
  verb.add_flag("--fast", options.is_fast,
                text("Take less than half the time; patches of programs become larger"));
  verb.add_option("--threads", options.threads,
                  text("How many threads work (default: one for each core)"))
      .range(1, 1024)
      .type_name("N");
  verb.add_option("--memory", options.memory,
                  text("Maximum memory, such as 512M or 2G; 64M are enough for any files, but "
                       "patches become larger (default: as much as needed)"))
      .size(1)
      .type_name("SIZE");
  verb.add_flag("--force", options.replace, text("Replace an existing output file"));
  verb.add_examples(
      "  xppkg-delta diff app-1.0 app-1.1 app.patch\n"
      "  xppkg-delta diff --memory 2G disk-1.img disk-2.img disk.patch\n"
      "  xppkg-delta diff --format bsdiff old.exe new.exe exe.patch");
  verb.callback([&context, arguments] {
    context.run = [&context, arguments] { return run(context, *arguments); };
  });
}

}  // namespace xppkg::delta_tool
