#include "elevate.hpp"

#include "cli/elevation.hpp"
#include "cli/temporary_folder.hpp"
#include "elevated_wire.hpp"
#include "xppkg/elevated.hpp"

namespace xppkg::cli {
namespace {

constexpr const char* kAdministrator = "root";

/// The owner of the folder may write it; where he is not known, the administrator.
std::string default_user(const Error& denied) {
  const std::string_view owner = denied.fact("owner");
  return std::string(owner.empty() ? kAdministrator : owner);
}

std::string command_that_helps(const FolderContext& context, const ReleaseSelector& wanted,
                               const Error& denied) {
  std::string command = "xppkg -C " + shell_word(context.folder) + " apply";
  if (wanted.kind == ReleaseSelector::Kind::newest) command += " --newest";
  if (wanted.kind == ReleaseSelector::Kind::version)
    command += " --to " + shell_word(wanted.version);
  if (wanted.retry) command += " --retry";
  return command + " --elevate --user " + shell_word(default_user(denied));
}

std::vector<std::string> step_words(const std::string& folder, const Order& order, unsigned wait) {
  // The verb is the first word: by it polkit tells this step from all else that we can do.
  std::vector<std::string> words{"elevated-apply",
                                 "-C",
                                 folder,
                                 "--to",
                                 order.version,
                                 "--decision",
                                 fmt::to_string(order.decision),
                                 "--wait",
                                 fmt::to_string(wait)};
  if (order.is_pilot) words.emplace_back("--on-purpose");
  if (!order.files.empty()) {
    words.insert(words.end(),
                 {"--files", order.files, "--decided-at", fmt::to_string(order.decided_at)});
  }
  return words;
}

}  // namespace

std::shared_ptr<ElevateOptions> add_elevate_options(const Command& verb) {
  auto options = std::make_shared<ElevateOptions>();
  const auto elevate = verb.add_flag("--elevate{auto}", options->way,
                                     text("Without write permission: use another user's rights, by "
                                          "polkit (pkexec) or his password (su)"))
                           .choices({"auto", "pkexec", "su"});
  verb.add_option("--user", options->user, text("Whose rights (default: the folder's owner)"))
      .type_name("NAME")
      .needs(elevate);
  verb.add_option(
          "--askpass", options->askpass,
          text("A program that asks for the password and prints it (default: the terminal)"))
      .type_name("PROGRAM")
      .needs(elevate);
  return options;
}

ApplyResult apply_with_other_rights(const FolderContext& context, const ReleaseSelector& wanted,
                                    unsigned wait, const ElevateOptions& options,
                                    const Error& denied, Observer& observer) {
  if (denied.code() != Code::rights_denied || is_administrator()) throw Error(denied);
  if (options.way.empty()) {
    throw Error(denied).with("with other rights", command_that_helps(context, wanted, denied));
  }
  const TemporaryFolder files;
  const OrderResult found = find_order(context.folder, wanted, files.place("handover"), observer);
  if (!found.order) return {found.plan, false, 0, {}};
  const std::string folder = real_path(context.folder);
  const std::string user = options.user.empty() ? default_user(denied) : options.user;
  WireReader reader(observer);
  run_elevated({options.way, user, options.askpass}, step_words(folder, *found.order, wait),
               text("Password of {}, to update {}: ", user, folder),
               [&reader](std::string_view line) { reader.take(line); });
  return reader.result();
}

}  // namespace xppkg::cli
