#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/console.hpp"

namespace xppkg::cli {

/// State that all verbs of a program share. A verb sets `run`; it is called after the arguments
/// were parsed, and returns the exit status.
struct Context {
  Context() = default;
  virtual ~Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The folder or repository that the command line names, for next steps; empty: none.
  [[nodiscard]] virtual std::string place() const { return {}; }

  OutputOptions output_options;
  std::string language;  ///< taken from the arguments by choose_language before this is filled
  std::function<int()> run;
};

/// A program with verbs, and the options that all our programs have: --json, --progress, --lang,
/// --version. Subcommands inherit the layout of the help.
class Program {
 public:
  /// Fills `context` while it runs, which must outlive it. Call choose_language first.
  Program(const std::string& about, const std::string& name, Context& context);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The program itself, to which verbs are added.
  [[nodiscard]] Command command() const;

  /// Commands that may be meant by an unknown one, beside those that were added.
  void knows_commands(std::vector<std::string> names);

  /// Understands the arguments, runs the verb, tells errors. Returns the exit status; nothing is
  /// thrown.
  int run(int argc, char** argv);

 private:
  /// Throws what the verb does; Error{usage_invalid} for arguments that are not understood.
  int answer(int argc, char** argv);

  std::unique_ptr<CLI::App> app_;
  std::vector<std::string> names_;
  Context& context_;
};

/// Looks for --lang in the arguments, before anything is written in any language.
void choose_language(int argc, char** argv);

}  // namespace xppkg::cli
