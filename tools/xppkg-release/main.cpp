#include "verbs.hpp"

int main(int argc, char** argv) {
  using namespace xppkg;
  cli::choose_language(argc, argv);
  release_tool::Context context;
  cli::Program program(
      cli::text("Publishes releases as signed manifests with binary deltas: static files "
                "for any web server."),
      "xppkg-release", context);
  const cli::Command app = program.command();
  release_tool::add_init(app, context);
  release_tool::add_add(app, context);
  release_tool::add_promote(app, context);
  release_tool::add_withdraw(app, context);
  release_tool::add_prune(app, context);
  release_tool::add_min_version(app, context);
  release_tool::add_show(app, context);
  release_tool::add_verify(app, context);
  release_tool::add_refresh(app, context);
  release_tool::add_policy(app, context);
  release_tool::add_key(app, context);
  release_tool::add_root(app, context);
  app.add_examples(
      "  xppkg-release init /srv/releases\n"
      "  xppkg-release add /srv/releases --package app --version 1.0 build/app");
  return program.run(argc, argv);
}
