#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "verbs/verbs.hpp"

namespace xppkg::cli {
namespace {

struct Verb {
  std::string_view name;
  void (*add)(const Command& app, FolderContext& context);
};

constexpr std::array kVerbs{
    Verb{"init", add_init},
    Verb{"configure", add_configure},
    Verb{"install", add_install},
    Verb{"check", add_check},
    Verb{"plan", add_plan},
    Verb{"download", add_download},
    Verb{"apply", add_apply},
    Verb{"verify", add_verify},
    Verb{"repair", add_repair},
    Verb{"rollback", add_rollback},
    Verb{"confirm", add_confirm},
    Verb{"start", add_start},
    Verb{"recover", add_recover},
    Verb{"status", add_status},
    Verb{"history", add_history},
    Verb{"release", add_release},
    Verb{"test", add_test},
    Verb{"hold", add_hold},
    Verb{"unhold", add_unhold},
    Verb{"gate", add_gate},
    Verb{"fleet", add_fleet},
    Verb{"site", add_site},
    Verb{"restart", add_restart},
    Verb{"trust", add_trust},
    Verb{"elevated-apply", add_elevated_apply},
};

/// Adds the verbs that may be meant: all of them would take longer than passing a gate. Where no
/// word is one, and for help, that is all.
void add_verbs(const Command& app, FolderContext& context,
               const std::vector<std::string_view>& words) {
  const auto is_said = [&](std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  const bool is_one_said =
      std::ranges::any_of(kVerbs, [&](const Verb& verb) { return is_said(verb.name); });
  const bool adds_all = !is_one_said || is_said("-h") || is_said("--help");
  for (const Verb& verb : kVerbs) {
    if (adds_all || is_said(verb.name)) verb.add(app, context);
  }
}

/// All but the step that is not for people.
std::vector<std::string> names_for_people() {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) {
    if (verb.add != add_elevated_apply) names.emplace_back(verb.name);
  }
  return names;
}

}  // namespace
}  // namespace xppkg::cli

int main(int argc, char** argv) {
  using namespace xppkg::cli;
  choose_language(argc, argv);
  FolderContext context;
  Program program(text("Keeps an application in a folder up to date: signed, by small deltas, all "
                       "or nothing."),
                  "xppkg", context);
  const Command app = program.command();
  app.add_option("-C", context.folder, text("The install folder (default: the current one)"))
      .type_name("DIR");
  add_verbs(app, context, {argv + std::min(argc, 1), argv + argc});
  program.knows_commands(names_for_people());
  app.add_examples(
      "  xppkg -C /opt/app init --source https://example.com/releases --root root.json \\\n"
      "      --package app\n"
      "  xppkg -C /opt/app install\n"
      "  xppkg -C /opt/app check");
  return program.run(argc, argv);
}
