#include "verbs.hpp"

int main(int argc, char** argv) {
  using namespace xppkg;
  cli::choose_language(argc, argv);
  CLI::App app(
      cli::text("Makes and applies patches from one file to another, or from one folder to "
                "another."),
      "xppkg-delta");
  cli::Context context;
  cli::add_common_options(app, context);
  delta_tool::add_diff(app, context);
  delta_tool::add_apply(app, context);
  delta_tool::add_show(app, context);
  cli::add_examples(app,
                    "  xppkg-delta diff app-1.0 app-1.1 app.patch\n"
                    "  xppkg-delta apply app-1.0 app.patch app-1.1");
  return cli::run_program(app, context, argc, argv);
}
