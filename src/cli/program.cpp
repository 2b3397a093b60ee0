#include "cli/program.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/translated.hpp"
#include "cli/memory.hpp"
#include "cli/process.hpp"
#include "cli/terminal.hpp"
#include "suggestion.hpp"
#include "version_text.hpp"

namespace xppkg::cli {

namespace {

/// The parser's own pads by bytes, so that a word with an umlaut moves what stands behind it.
class AlignedHelp final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return row(make_option_name(option, is_positional) + make_option_opts(option),
               make_option_desc(option));
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return row(command->get_display_name(true), command->get_description());
  }

 private:
  [[nodiscard]] std::string row(const std::string& name, const std::string& about) const {
    const std::size_t width = get_column_width();
    std::string line = fmt::format("{:<{}}", "  " + name, width);
    if (line.back() != ' ') line += "\n" + std::string(width, ' ');
    return line + about + "\n";
  }
};

/// The words that the argument parser itself puts into help.
void translate_help(CLI::App& app) {
  const auto formatter = std::make_shared<AlignedHelp>();
  app.formatter(formatter);
  formatter->label("Usage", text("Usage"));
  formatter->label("OPTIONS", text("OPTIONS"));
  formatter->label("SUBCOMMAND", text("COMMAND"));
  formatter->label("SUBCOMMANDS", text("COMMANDS"));
  formatter->label("Subcommands", text("Commands"));
  formatter->label("Positionals", text("Arguments"));
  formatter->label("REQUIRED", text("REQUIRED"));
  formatter->label("Excludes", text("excludes"));
  formatter->label("Needs", text("only with"));
  formatter->label("UINT", "N");
  formatter->label("INT", "N");
  formatter->label("TEXT", text("TEXT"));
  app.option_defaults()->group(text("Options"));
  app.set_help_flag("-h,--help", text("Show this help"))->group(text("Options"));
}

/// The command that the words so far have named.
const CLI::App& named_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command = &app; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
  }
  return names;
}

std::string unknown_command(const std::string& word, const std::string& meant) {
  if (meant.empty()) return fmt::format("Unknown command \"{}\".", word);
  return fmt::format("Unknown command \"{}\". Did you mean \"{}\"?", word, meant);
}

std::string unknown_option(const std::string& word, const std::string& meant) {
  if (meant.empty()) return fmt::format("Unknown option \"{}\".", word);
  return fmt::format("Unknown option \"{}\". Did you mean \"{}\"?", word, meant);
}

/// The word that no command or option has, with the one that was probably meant; empty: all are
/// known.
std::string about_unknown_word(const CLI::App& app, const std::vector<std::string>& commands) {
  const std::vector<std::string> words = app.remaining(true);
  const CLI::App& command = named_command(app);
  const bool lacks_command = command.get_require_subcommand_min() > 0;
  auto known = command_names(command);
  if (&command == &app) known.insert(known.end(), commands.begin(), commands.end());
  if (lacks_command) {
    // Options before the command are judged when the command is known.
    for (const std::string& word : words) {
      const std::string meant = word.starts_with('-') ? "" : suggestion(word, known);
      if (!meant.empty()) return unknown_command(word, meant);
    }
  }
  const auto first_option = std::ranges::find_if(
      words, [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
  if (lacks_command && !words.empty() && first_option != words.begin()) {
    return unknown_command(words.front(), "");
  }
  if (first_option == words.end()) return {};
  const std::string name = first_option->substr(0, first_option->find('='));
  return unknown_option(name, suggestion(name, option_names(command)));
}

/// "a", "b" of "a MIDDLE b" as a sentence; empty where MIDDLE is not in it.
std::string about_two(const std::string& what, std::string_view middle, const char* sentence) {
  const std::size_t at = what.find(middle);
  if (at == std::string::npos) return {};
  return fmt::format(fmt::runtime(sentence), what.substr(0, at), what.substr(at + middle.size()));
}

/// The finding of the parser in our words, in English: the reason is translated when it is printed.
std::string parse_failure(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& commands) {
  const std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr ||
      dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string unknown_word = about_unknown_word(app, commands);
    if (!unknown_word.empty()) return unknown_word;
    const auto rest = app.remaining(true);
    if (!rest.empty()) return fmt::format("Unexpected argument \"{}\".", rest.front());
    if (what == "A subcommand is required") return "A command is missing.";
    return fmt::format("{} is missing.", what.substr(0, what.find(" is required")));
  }
  std::string told;
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    told = about_two(what, " excludes ", "{} cannot be used together with {}.");
  } else if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) {
    told = about_two(what, " requires ", "{} can only be used together with {}.");
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    told = what.ends_with(" missing")
               ? fmt::format("{} needs a value.", what.substr(0, what.find(':')))
               : std::string();
  } else if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    constexpr std::string_view kBegin = "Could not convert: ";
    if (what.starts_with(kBegin)) {
      told = about_two(what.substr(kBegin.size()), " = ", "{}: \"{}\" is not a number.");
    }
  }
  return told.empty() ? what : told;
}

}  // namespace

Program::Program(const std::string& about, const std::string& name, Context& context)
    : app_(std::make_unique<CLI::App>(about, name)), context_(context) {
  translate_help(*app_);
  const Command program = command();
  program.add_flag("--json", context.output_options.json, text("Print the result as JSON"));
  program
      .add_option("--progress", context.output_options.progress,
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

void Program::knows_commands(std::vector<std::string> names) {
  names_ = std::move(names);
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
    if (error.code() == Code::output_failed) context_.output_options.json = false;
    const int status = report(error, app_->get_name(), context_.output_options, context_.place());
    write_out();
    return status;
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
    context_.output_options.json =
        std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    throw Error(Code::usage_invalid, {{"reason", parse_failure(*app_, error, names_)}});
  }
  return context_.run();
}

}  // namespace xppkg::cli
