// The possible meanings of words of data: each word outside of code, requested in turn.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "delta/search/bases.hpp"
#include "sample.hpp"

namespace xppkg::delta {
namespace {

/// Those that all references of the old code name.
Labels all_labels() {
  const Sample& all = sample();
  Labels labels(all.old_bytes.size());
  for (const Field& field : all.references) {
    if (const auto offset = all.map.old_offset(field.target)) labels.add(*offset);
  }
  return labels;
}

void last_label(benchmark::State& state) {
  const Labels labels = all_labels();
  const std::vector<Sample::Change>& words = sample().words;
  for (auto _ : state) {
    for (const Sample::Change& change : words) {
      auto label = labels.last_before(change.word.old_place);
      benchmark::DoNotOptimize(label);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(words.size()));
}
BENCHMARK(last_label);

/// Guesses and learns, as a reader does with each word.
void word_guess(benchmark::State& state) {
  const Sample& all = sample();
  const Labels labels = all_labels();
  TargetPredictor targets(all.map);
  Hypotheses hypotheses(all.map, targets, labels, find_bases(all.pair, all.map));
  for (auto _ : state) {
    for (const Sample::Change& change : all.words) {
      std::size_t right = 0;
      if (hypotheses.first(change.word).value != change.actual) {
        const auto guesses = hypotheses.with_others();
        const auto found = std::ranges::find(guesses, change.actual, &Hypotheses::Guess::value);
        right = static_cast<std::size_t>(found - guesses.begin());
      }
      hypotheses.learn(change.actual, right);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.words.size()));
}
BENCHMARK(word_guess);

}  // namespace
}  // namespace xppkg::delta
