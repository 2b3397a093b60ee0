// The targets of references: each target of the old code, asked for in turn.

#include <benchmark/benchmark.h>

#include "code/reference_field.hpp"
#include "sample.hpp"

namespace xppkg::delta {
namespace {

/// One that has learned from all references that copies bring.
TargetPredictor learned_predictor() {
  const Sample& all = sample();
  TargetPredictor predictor(all.map);
  for (const Field& field : all.references) {
    const auto moved = all.map.moved(field.place);
    if (!moved || *moved + kFieldSize > all.new_bytes.size()) continue;
    const TargetPredictor::Prediction prediction = predictor.predict(field.target);
    const std::uint32_t number = field_of(word_at(all.new_bytes, *moved), field.kind);
    const std::uint64_t actual =
        target_of(field.kind, field.extra, all.map.new_address(*moved), number);
    if (field.kind != ReferenceKind::arm_low) predictor.learn(field.target, prediction, actual);
  }
  return predictor;
}

template <typename Ask>
void ask_each(benchmark::State& state, const Ask& ask) {
  const std::vector<Field>& references = sample().references;
  for (auto _ : state) {
    for (const Field& field : references) {
      auto answer = ask(field);
      benchmark::DoNotOptimize(answer);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(references.size()));
}

void address_map(benchmark::State& state) {
  const AddressMap& map = sample().map;
  ask_each(state, [&](const Field& field) { return map.map(field.target); });
}
BENCHMARK(address_map);

void target_prediction(benchmark::State& state) {
  const TargetPredictor predictor = learned_predictor();
  ask_each(state, [&](const Field& field) { return predictor.predict(field.target); });
}
BENCHMARK(target_prediction);

}  // namespace
}  // namespace xppkg::delta
