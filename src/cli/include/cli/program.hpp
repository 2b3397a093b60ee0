#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/console.hpp"

namespace xppkg::cli {

/// What all verbs of a program share. A verb sets `run`; it is called after the arguments were
/// understood, and what it returns is the exit status.
struct Context {
  Manner manner;
  std::string language;  ///< taken from the arguments by choose_language before this is filled
  std::function<int()> run;
};

/// Options that every program of ours has: --json, --progress, --lang, --version. Call it first:
/// the verbs take over how help is written.
void add_common_options(CLI::App& app, Context& context);

/// Text at the end of a program's or verb's help: "Examples:" and the lines.
void add_examples(CLI::App& verb, const std::string& lines);

/// Understands the arguments, runs the verb, tells errors. Returns the exit status; nothing is
/// thrown.
int run_program(CLI::App& app, Context& context, int argc, char** argv);

/// Looks for --lang in the arguments, before anything is written in any language.
void choose_language(int argc, char** argv);

}  // namespace xppkg::cli
