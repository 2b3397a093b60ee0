#include "verbs/verbs.hpp"

int main(int argc, char** argv) {
  using namespace xppkg::cli;
  choose_language(argc, argv);
  CLI::App app(text("Keeps an application in a folder up to date: signed, by small deltas, all or "
                    "nothing."),
               "xppkg");
  FolderContext context;
  add_common_options(app, context);
  app.add_option("-C", context.folder, text("The install folder (default: the current one)"))
      ->type_name("DIR");
  add_init(app, context);
  add_install(app, context);
  add_check(app, context);
  add_plan(app, context);
  add_apply(app, context);
  add_verify(app, context);
  add_repair(app, context);
  add_rollback(app, context);
  add_confirm(app, context);
  add_start(app, context);
  add_recover(app, context);
  add_status(app, context);
  add_history(app, context);
  add_release(app, context);
  add_test(app, context);
  add_hold(app, context);
  add_unhold(app, context);
  add_gate(app, context);
  add_fleet(app, context);
  add_site(app, context);
  add_restart(app, context);
  add_elevated_apply(app, context);
  add_examples(
      app,
      "  xppkg -C /opt/app init --source https://example.com/releases --root root.json \\\n"
      "      --package app\n"
      "  xppkg -C /opt/app install\n"
      "  xppkg -C /opt/app check");
  return run_program(app, context, argc, argv);
}
