// The longer steps: the old program is indexed, the new one matched, and a delta decoded.

#include <benchmark/benchmark.h>

#include "delta/decoder.hpp"
#include "delta/encoder.hpp"
#include "match/matcher.hpp"
#include "match/suffix_index.hpp"
#include "sample.hpp"

namespace xppkg::delta {
namespace {

/// Takes everything and keeps nothing.
class NoSink final : public PartSink {
 public:
  void begin(const Part& /*part*/) override {}
  void write(ByteView /*bytes*/) override {}
  void end() override {}
};

void count_bytes(benchmark::State& state, const Bytes& bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void suffix_index(benchmark::State& state) {
  for (auto _ : state) {
    const SuffixIndex index(sample().old_bytes);
    benchmark::DoNotOptimize(&index);
  }
  count_bytes(state, sample().old_bytes);
}
BENCHMARK(suffix_index)->Unit(benchmark::kMillisecond);

void match(benchmark::State& state) {
  const SuffixIndex index(sample().old_bytes);
  for (auto _ : state) {
    auto operations = find_operations(index, sample().new_bytes, {}, [](std::size_t) {});
    benchmark::DoNotOptimize(operations.data());
  }
  count_bytes(state, sample().new_bytes);
}
BENCHMARK(match)->Unit(benchmark::kMillisecond);

Bytes delta_of_sample() {
  const BufferReader old_bytes(sample().old_bytes);
  const BufferReader new_bytes(sample().new_bytes);
  const Input old_part{0, &old_bytes};
  const Input new_part{0, &new_bytes};
  const Blake2b tree = blake2b(as_bytes("tree"));
  Observer observer;
  BufferSink sink;
  encode_delta(tree, std::span(&old_part, 1), tree, std::span(&new_part, 1), sink, {}, observer);
  return sink.take();
}

void decode(benchmark::State& state) {
  static const Bytes delta = delta_of_sample();
  const BufferReader payload(delta);
  const BufferReader old_bytes(sample().old_bytes);
  const RandomReader* const old_part = &old_bytes;
  Observer observer;
  for (auto _ : state) {
    NoSink sink;
    Decoder(payload).decode(std::span(&old_part, 1), sink, observer);
  }
  count_bytes(state, sample().new_bytes);
}
BENCHMARK(decode)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace xppkg::delta
