#include "cli/program.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/translated.hpp"
#include "cli/memory.hpp"
#include "cli/process.hpp"
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

Program::Program(const std::string& about, const std::string& name, Context& context)
    : app_(std::make_unique<CLI::App>(about, name)), context_(context) {
  translate_help(*app_);
  const Command program = command();
  program.add_flag("--json", context.manner.json, text("Print the result as JSON"));
  program
      .add_option("--progress", context.manner.progress,
                  text("How to show progress: auto, json or none"))
      .choices({"auto", "json", "none"});
  program.add_option("--lang", context.language, text("Language: de or en")).choices({"de", "en"});
  app_->set_version_flag("--version", kVersionText, text("Show the version"));
  app_->require_subcommand(1);
  app_->fallthrough();
}

Program::~Program() = default;

Command Program::command() const {
  return Command(*app_);
}

void choose_language(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--lang=")) choose_language(argument.substr(std::strlen("--lang=")));
    if (argument == "--lang" && i + 1 < argc) choose_language(std::string_view(argv[i + 1]));
  }
}

int Program::run(int argc, char** argv) {
  settle_process();
  return_large_buffers();
  catch_interrupts();
  try {
    const int status = translated([&] { return answer(argc, argv); });
    finish_output();
    return status;
  } catch (const Error& error) {
    // An error report on standard output would be lost as well.
    if (error.code() == Code::output_failed) context_.manner.json = false;
    return report(error, app_->get_name(), context_.manner);
  }
}

int Program::answer(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& asked) {
    std::ostringstream shown;  // --help, --version
    const int status = app_->exit(asked, shown, shown);
    print_text(shown.str());
    return status;
  } catch (const CLI::ParseError& error) {
    // The flag may stand behind an argument that was not understood.
    context_.manner.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    throw Error(Code::usage_invalid, {{"reason", error.what()}});
  }
  return context_.run();
}

}  // namespace xppkg::cli
