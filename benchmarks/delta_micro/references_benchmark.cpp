// Code of each processor, scanned for references.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "sample.hpp"

namespace xppkg::delta {
namespace {

using Find = std::size_t (*)(ByteView, std::uint64_t, std::size_t, std::size_t,
                             std::vector<Reference>&);

/// In chunks, with a little of what stands around each, as a reader does.
void scan(benchmark::State& state, Processor processor, Find find) {
  constexpr std::size_t kBefore = 128;
  constexpr std::size_t kAfter = 64;
  const Code code = code_for(processor);
  const std::size_t size = code.bytes.size();
  std::vector<Reference> found;
  for (auto _ : state) {
    for (std::size_t from = 0; from < size; from += OldProgram::kChunk) {
      const std::size_t begin = from - std::min(from, kBefore);
      const std::size_t to = std::min<std::size_t>(from + OldProgram::kChunk, size);
      const std::size_t end = std::min(to + kAfter, size);
      found.clear();
      find(ByteView(code.bytes).subspan(begin, end - begin), code.address + begin, from - begin,
           to - begin, found);
      benchmark::DoNotOptimize(found.data());
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

BENCHMARK_CAPTURE(scan, x86_64, Processor::x86_64, find_x86_64_references);
BENCHMARK_CAPTURE(scan, x86, Processor::x86, find_x86_references);
BENCHMARK_CAPTURE(scan, arm64, Processor::arm64, find_arm64_references);

}  // namespace
}  // namespace xppkg::delta
