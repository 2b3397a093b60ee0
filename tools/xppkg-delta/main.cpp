#include "verbs.hpp"

int main(int argc, char** argv) {
  using namespace xppkg;
  cli::choose_language(argc, argv);
  cli::Context context;
  cli::Program program(
      cli::text("Makes and applies patches from one file to another, or from one folder to "
                "another."),
      "xppkg-delta", context);
  const cli::Command app = program.command();
  delta_tool::add_diff(app, context);
  delta_tool::add_apply(app, context);
  delta_tool::add_show(app, context);
  app.add_examples(
      "  xppkg-delta diff app-1.0 app-1.1 app.patch\n"
      "  xppkg-delta apply app-1.0 app.patch app-1.1");
  return program.run(argc, argv);
}
