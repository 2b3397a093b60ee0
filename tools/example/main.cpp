// An application without windows that is updated by xppkg: example FOLDER
#include <iostream>

#include "application.hpp"
#include "dialog.hpp"

int main(int argc, char** argv) {
  // The thread that waits for a line holds no lock that the end of the program would wait for.
  std::ios::sync_with_stdio(false);
  if (argc != 2) {
    example::show("usage: example FOLDER");
    return 2;
  }
  try {
    return example::Application(argv[1]).run();
  } catch (const xppkg::Error& error) {
    example::show(error.what());
    return xppkg::info(error.code()).exit_status;
  }
}
