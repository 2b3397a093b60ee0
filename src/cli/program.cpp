#include "cli/program.hpp"

#include <algorithm>
#include <cstring>

#include "cli/memory.hpp"
#include "cli/terminal.hpp"
#include "version_text.hpp"

namespace xppkg::cli {

namespace {

/// The words that the argument parser itself puts into help.
void translate_help(CLI::App& app) {
  const auto formatter = app.get_formatter();
  formatter->label("Usage", text("Usage"));
  formatter->label("OPTIONS", text("OPTIONS"));
  formatter->label("SUBCOMMAND", text("COMMAND"));
  formatter->label("SUBCOMMANDS", text("COMMANDS"));
  formatter->label("Subcommands", text("Commands"));
  formatter->label("Positionals", text("Arguments"));
  formatter->label("REQUIRED", text("REQUIRED"));
  formatter->label("Excludes", text("excludes"));
  formatter->label("TEXT", text("TEXT"));
  app.option_defaults()->group(text("Options"));
  app.set_help_flag("-h,--help", text("Show this help"))->group(text("Options"));
}

}  // namespace

void add_common_options(CLI::App& app, Context& context) {
  translate_help(app);
  app.add_flag("--json", context.manner.json, text("Print the result as JSON"));
  app.add_option("--progress", context.manner.progress,
                 text("How to show progress: auto, json or none"))
      ->check(CLI::IsMember({"auto", "json", "none"}));
  app.add_option("--lang", context.language, text("Language: de or en"))
      ->check(CLI::IsMember({"de", "en"}));
  app.set_version_flag("--version", kVersionText, text("Show the version"));
  app.require_subcommand(1);
  app.fallthrough();
}

void add_examples(CLI::App& verb, const std::string& lines) {
  if (verb.get_parent() != nullptr) {
    verb.group(text("Commands"));
    verb.get_help_ptr()->group(text("Options"));
  }
  verb.footer("\n" + text("Examples:") + "\n" + lines + "\n");
  verb.fallthrough();
}

void choose_language(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--lang=")) choose_language(argument.substr(std::strlen("--lang=")));
    if (argument == "--lang" && i + 1 < argc) choose_language(std::string_view(argv[i + 1]));
  }
}

int run_program(CLI::App& app, Context& context, int argc, char** argv) {
  return_large_buffers();
  catch_interrupts();
  try {
    app.parse(argc, argv);
    return context.run();
  } catch (const CLI::Success& asked) {
    return app.exit(asked);  // --help, --version
  } catch (const CLI::ParseError& error) {
    // The flag may stand behind what was not understood.
    context.manner.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    return report(Error(Code::usage_invalid, {{"reason", error.what()}}), app.get_name(),
                  context.manner);
  } catch (const Error& error) {
    return report(error, app.get_name(), context.manner);
  } catch (const std::exception& error) {
    return report(Error(Code::internal, {{"cause", error.what()}}), app.get_name(), context.manner);
  }
}

}  // namespace xppkg::cli
