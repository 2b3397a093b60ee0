#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace xppkg::cli {

/// An option or argument of a command: a handle, valid as long as the program's `Program`. The
/// setters return the handle itself, so that they can be chained.
///
/// These handles are all that verbs see of CLI11, whose headers take the compiler 15 seconds in
/// each file that includes them. command.cpp and program.cpp alone include them.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required() const;
  /// The placeholder for the value in help, such as "FILE".
  Option type_name(const std::string& name) const;
  /// One of these words and no other.
  Option choices(const std::vector<std::string>& words) const;
  /// A number from `least` to `most`, both included. Help shows the range.
  Option range(unsigned least, unsigned most) const;
  /// A size in bytes: digits, and perhaps a unit such as k, MB or GiB (powers of 1024). From
  /// `least` to 2^60.
  Option size(std::uint64_t least) const;
  /// One value each time that the option is given, not all words that follow.
  Option one_each() const;
  /// All words that follow.
  Option all_that_follow() const;
  /// Help shows the present value of the variable as the default.
  Option shows_default() const;
  /// Not together with the other option.
  Option excludes(Option other) const;
  /// Only together with the other option.
  Option needs(Option other) const;
  /// Whether the command line had it. After parsing.
  [[nodiscard]] bool is_given() const;

 private:
  CLI::Option* option_;
};

/// A command of a program: a handle, valid as long as the program's `Program`. The variables of
/// options are written while the command line is parsed and must live until then.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  [[nodiscard]] Command add_subcommand(const std::string& name, const std::string& about) const;

  /// `name`: "--option", or "NAME" for an argument by its position. `Value` is one of those at the
  /// end of command.cpp: texts, lists of texts, whole numbers, and std::optional of them.
  template <typename Value>
  Option add_option(const std::string& name, Value& value, const std::string& about = {}) const;
  Option add_flag(const std::string& name, bool& value, const std::string& about = {}) const;
  /// A flag that may have a value: "--name{default}".
  Option add_flag(const std::string& name, std::string& value, const std::string& about = {}) const;

  /// Text at the end of the command's help: "Examples:" and the lines.
  void add_examples(const std::string& lines) const;
  /// Help of the program does not name it.
  void hide() const;
  /// How many of its subcommands a command line has to name: `least` to `most`, both included.
  void require_subcommand(std::size_t least, std::size_t most) const;
  /// Called when the command line was understood and named this command.
  void callback(std::function<void()> call) const;
  /// The same, before the callback of any command.
  void before_callback(std::function<void()> call) const;
  /// Whether the command line named it. After parsing.
  [[nodiscard]] bool is_named() const;

 private:
  CLI::App* app_;
};

}  // namespace xppkg::cli
