#include <benchmark/benchmark.h>

#include <iostream>

#include "sample.hpp"

/// delta-micro [--benchmark_filter=PATTERN …] [OLD NEW]: how fast the hot loops of the delta engine
/// are, over two programs, or over generated ones.
int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (count != 1 && count != 3) {
    std::cerr << "usage: delta-micro [--benchmark_filter=PATTERN …] [OLD NEW]\n";
    return EXIT_FAILURE;
  }
  try {
    if (count == 3) xppkg::delta::use_programs(arguments[1], arguments[2]);
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& error) {
    std::cerr << "delta-micro: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
