#include "cli/command.hpp"

#include <CLI/CLI.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cli/text.hpp"

namespace xppkg::cli {
namespace {

/// Returns the fault as text, as CLI11's validators do.
std::string begins_with_digit(const std::string& size) {
  if (!size.empty() && size[0] >= '0' && size[0] <= '9') return {};
  return fmt::format("\"{}\" is no size: it does not begin with a digit.", size);
}

}  // namespace

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::type_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Option Option::choices(const std::vector<std::string>& words) const {
  const std::string listed = fmt::format("{}", fmt::join(words, ", "));
  option_->check(CLI::Validator(
      [words, listed](const std::string& word) {
        if (std::ranges::find(words, word) != words.end()) return std::string();
        return fmt::format("\"{}\" is none of {}.", word, listed);
      },
      fmt::format("{{{}}}", fmt::join(words, ","))));
  return *this;
}

Option Option::range(unsigned least, unsigned most) const {
  if (option_->get_type_name() == "UINT") option_->type_name("N");
  option_->check(CLI::Validator(
      [least, most](const std::string& word) {
        unsigned number = 0;
        const char* const end = word.data() + word.size();
        const auto read = std::from_chars(word.data(), end, number);
        const bool is_read = read.ec == std::errc() && read.ptr == end;
        if (is_read && number >= least && number <= most) return std::string();
        return fmt::format("\"{}\" is not a number from {} to {}.", word, least, most);
      },
      fmt::format("{}-{}", least, most)));
  return *this;
}

Option Option::size(std::uint64_t least) const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
  option_->transform(CLI::AsSizeValue(/*kb_is_1000=*/false).description(""));
  // Put before the one above, which takes "-5" for a number near 2^64.
  option_->transform(CLI::Validator(begins_with_digit, ""));
  option_->check(CLI::Range(least, kMost).description(""));
  return *this;
}

Option Option::one_each() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::all_that_follow() const {
  option_->expected(-1);
  return *this;
}

Option Option::shows_default() const {
  option_->capture_default_str();
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

bool Option::is_given() const {
  return option_->count() > 0;
}

Command Command::add_subcommand(const std::string& name, const std::string& about) const {
  CLI::App& added = *app_->add_subcommand(name, about);
  added.group(text("Commands"));
  added.get_help_ptr()->group(text("Options"));
  return Command(added);
}

template <typename Value>
Option Command::add_option(const std::string& name, Value& value, const std::string& about) const {
  return Option(*app_->add_option(name, value, about));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& about) const {
  return Option(*app_->add_flag(name, value, about));
}

Option Command::add_flag(const std::string& name, std::string& value,
                         const std::string& about) const {
  return Option(*app_->add_flag(name, value, about));
}

void Command::add_examples(const std::string& lines) const {
  app_->footer("\n" + text("Examples:") + "\n" + lines + "\n");
}

void Command::hide() const {
  app_->group("");
}

void Command::require_subcommand(std::size_t least, std::size_t most) const {
  app_->require_subcommand(least, most);
}

void Command::callback(std::function<void()> call) const {
  app_->callback(std::move(call));
}

void Command::before_callback(std::function<void()> call) const {
  app_->parse_complete_callback(std::move(call));
}

bool Command::is_named() const {
  return app_->parsed();
}

template Option Command::add_option(const std::string&, std::string&, const std::string&) const;
template Option Command::add_option(const std::string&, std::optional<std::string>&,
                                    const std::string&) const;
template Option Command::add_option(const std::string&, std::vector<std::string>&,
                                    const std::string&) const;
template Option Command::add_option(const std::string&, int&, const std::string&) const;
template Option Command::add_option(const std::string&, unsigned&, const std::string&) const;
template Option Command::add_option(const std::string&, std::int64_t&, const std::string&) const;
template Option Command::add_option(const std::string&, std::uint64_t&, const std::string&) const;
template Option Command::add_option(const std::string&, std::optional<std::uint64_t>&,
                                    const std::string&) const;

}  // namespace xppkg::cli
