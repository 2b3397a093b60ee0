// Bits and bytes as a reader decodes them.

#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "model/literals.hpp"
#include "sample.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kBits = 1 << 18;
constexpr std::size_t kMaxBytes = 1 << 17;

/// Bits of which most are predicted, as in copies.
std::vector<std::uint8_t> likely_bits() {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bits(kBits);
  for (std::uint8_t& bit : bits) bit = random() % 50 == 0 ? 0 : 1;
  return bits;
}

/// Bytes as in literals, which are mostly code.
Bytes code_bytes() {
  Bytes bytes = code_for(Processor::x86_64).bytes;
  bytes.resize(std::min(bytes.size(), kMaxBytes));
  return bytes;
}

/// Decodes with `Model` what it encoded, again and again, each time with a new one. `Model` has
/// `template <typename Coder> unsigned code(Coder&, unsigned place, unsigned value)`.
template <typename Model, typename Values>
void decode(benchmark::State& state, const Values& values) {
  RangeWriter writer;
  auto model = std::make_unique<Model>();
  for (unsigned i = 0; i < values.size(); ++i) model->code(writer, i, values[i]);
  const Bytes stream = writer.finish();
  const BufferReader payload(stream);
  for (auto _ : state) {
    state.PauseTiming();  // a model is made once for a segment
    model = std::make_unique<Model>();
    RangeReader reader(payload, 0, stream.size());
    state.ResumeTiming();
    for (unsigned i = 0; i < values.size(); ++i) {
      benchmark::DoNotOptimize(model->code(reader, i, 0u));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}

struct FixedBit {
  template <typename Coder>
  unsigned code(Coder& coder, unsigned /*place*/, unsigned bit) {
    return coder.bit(64000, bit);
  }
};

struct LearnedBit {
  template <typename Coder>
  unsigned code(Coder& coder, unsigned place, unsigned bit) {
    return code_bit(coder, probabilities[place % probabilities.size()], bit);
  }
  std::array<Probability, 64> probabilities;
};

/// As many memories as a word of data asks.
struct BitOfMemories {
  template <typename Coder>
  unsigned code(Coder& coder, unsigned place, unsigned bit) {
    const auto at = [&](std::size_t i) {
      return &memories[i][place * (i + 1) % memories[i].size()];
    };
    return bits.code(coder, {at(0), at(1), at(2), at(3)}, place % 6, bit);
  }
  LogisticBit<4, 6> bits;
  std::array<std::array<CountedWeight, 4096>, 4> memories;
};

/// As large as that of literals.
struct LogisticByte {
  template <typename Coder>
  unsigned code(Coder& coder, unsigned place, unsigned byte) {
    const auto last = static_cast<std::uint32_t>(recent);
    const std::array<std::uint32_t, 4> contexts{hash(last & 0xff, 1), hash(last & 0xffff, 2),
                                                hash(last & 0xffffff, 3),
                                                hash(static_cast<std::uint32_t>(place % 16), 5)};
    const std::uint8_t coded =
        bytes.code(coder, static_cast<std::uint8_t>(byte), contexts, place % 6);
    recent = recent << 8 | coded;
    return coded;
  }
  LogisticBytes<4, 6> bytes{16};
  std::uint64_t recent = 0;
};

struct Literal {
  template <typename Coder>
  unsigned code(Coder& coder, unsigned /*place*/, unsigned byte) {
    return model.code(coder, static_cast<std::uint8_t>(byte), 0);
  }
  LiteralModel<kNewestModels> model;
};

void range_reader_bit(benchmark::State& state) {
  decode<FixedBit>(state, likely_bits());
}
BENCHMARK(range_reader_bit);

void learned_bit(benchmark::State& state) {
  decode<LearnedBit>(state, likely_bits());
}
BENCHMARK(learned_bit);

void logistic_bit(benchmark::State& state) {
  decode<BitOfMemories>(state, likely_bits());
}
BENCHMARK(logistic_bit);

void logistic_byte(benchmark::State& state) {
  decode<LogisticByte>(state, code_bytes());
}
BENCHMARK(logistic_byte);

void literal(benchmark::State& state) {
  decode<Literal>(state, code_bytes());
}
BENCHMARK(literal);

}  // namespace
}  // namespace xppkg::delta
