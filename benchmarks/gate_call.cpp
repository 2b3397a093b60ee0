// Passes the gate of an install folder as an application does at its start: gate-call FOLDER.
// Prints the seconds that the first call of the process takes.
#include <chrono>
#include <iostream>

#include "xppkg/site.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const auto began = std::chrono::steady_clock::now();
    const xppkg::GateResult gate = xppkg::Site(argv[1]).gate();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    std::cout << seconds.count() << "\n";
    return gate.state == xppkg::GateResult::State::ok ? 0 : 1;
  } catch (const xppkg::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
