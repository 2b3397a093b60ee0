#include "elevate.hpp"

namespace xppkg::cli {
namespace {

ApplyResult apply(const FolderContext& context, const ReleaseSelector& wanted,
                  const WaitOptions& wait, const ElevateOptions& elevate) {
  ConsoleObserver observer(context.output_options);
  try {
    Updater updater(context.folder);
    wait.apply_to(updater);
    return updater.apply(wanted, observer);
  } catch (const Error& error) {
    return apply_with_other_rights(context, wanted, wait.seconds, elevate, error, observer);
  }
}

}  // namespace

void add_apply(const Command& app, FolderContext& context) {
  const Command verb = app.add_subcommand(
      "apply",
      text("Update to the version released in the site's database, or to the one you name"));
  auto wanted = std::make_shared<ReleaseSelector>();
  auto newest = std::make_shared<bool>(false);
  const auto to =
      verb.add_option("--to", wanted->version, text("This version, as a test on this machine"));
  verb.add_flag("--newest", *newest,
                text("The newest version of the channel, as a test on this machine"))
      .excludes(to);
  verb.add_flag("--retry", wanted->retry, text("Also to a release that was rolled back here"));
  const auto wait = add_wait_option(verb);
  const auto elevate = add_elevate_options(verb);
  verb.add_examples(
      "  xppkg -C /opt/app apply\n  xppkg -C /opt/app apply --newest\n"
      "  xppkg -C /opt/app apply --to 4.07.0012\n"
      "  xppkg -C /opt/app apply --elevate --user root");
  verb.callback([&context, wanted, to, newest, wait, elevate] {
    if (to.is_given()) wanted->kind = ReleaseSelector::Kind::version;
    if (*newest) wanted->kind = ReleaseSelector::Kind::newest;
    context.run = [&context, wanted, wait, elevate] {
      show(apply(context, *wanted, *wait, *elevate), context.output_options);
      return 0;
    };
  });
}

}  // namespace xppkg::cli
