#include "bases.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::size_t kMaxSamples = 3000;
constexpr std::size_t kFewSamples = 96;
constexpr std::size_t kMaxCandidates = 150'000;
constexpr std::size_t kLeastVotes = 24;

/// A possible base, and the unit of its numbers.
struct Candidate {
  std::uint64_t address = 0;
  std::uint32_t entry_size = 1;
  friend auto operator<=>(const Candidate&, const Candidate&) = default;
};

/// A word that changed and that no address of its own explains.
struct Sample {
  std::uint32_t old_value = 0;
  std::uint32_t new_value = 0;
};

constexpr std::uint64_t sign_extended(std::uint32_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

class BaseFinder {
 public:
  BaseFinder(const PairInput& pair, const AddressMap& map) : pair_(pair), map_(map) {}

  std::vector<TableBase> run() {
    collect_samples();
    if (samples_.size() < kLeastVotes) return {};
    collect_candidates();
    std::vector<TableBase> bases;
    while (bases.size() < kMaxBases && samples_.size() >= kLeastVotes) {
      const auto best = best_candidate();
      if (!best) break;
      bases.push_back({best->address, map_.map(best->address).address, best->entry_size});
      std::erase_if(samples_, [&](const Sample& sample) { return explains(*best, sample); });
    }
    return bases;
  }

 private:
  template <typename Use>
  void for_each_change(const Use& use) const {
    for (const Equivalence& piece : map_.pieces()) {
      const std::uint64_t first = (4 - piece.old_begin % 4) % 4;
      for (std::uint64_t i = first; i + 4 <= piece.length; i += 4) {
        const std::uint32_t before = word_at(pair_.old_bytes, piece.old_begin + i);
        const std::uint32_t after = word_at(pair_.new_bytes, piece.new_begin + i);
        if (before != 0 && before != after)
          use(piece.old_begin + i, piece.new_begin + i, before, after);
      }
    }
  }

  [[nodiscard]] bool is_code(std::uint64_t old_place) const {
    return code_[static_cast<std::size_t>(old_place >> kModeBlockLog)] == Mode::code;
  }

  /// Whether a word that counts from `old_from` in the old program became one from `new_from`.
  [[nodiscard]] bool maps(std::uint64_t old_from, std::uint64_t new_from, std::uint64_t old_value,
                          std::uint32_t new_value, std::uint32_t entry_size = 1) const {
    const std::uint64_t target = old_from + old_value * entry_size;
    if (!map_.is_inside(target)) return false;
    const std::uint64_t distance = map_.map(target).address - new_from;
    return static_cast<std::uint32_t>(entry_size == 1 ? distance : distance / entry_size) ==
           new_value;
  }

  void collect_samples() {
    code_ = modes_of_sections(pair_.old_program, pair_.old_bytes.size());
    std::uint64_t count = 0;
    for_each_change([&](std::uint64_t place, auto...) {
      if (!is_code(place)) ++count;
    });
    const std::uint64_t step = count / kMaxSamples + 1;
    std::uint64_t number = 0;
    const std::uint64_t high = ~std::uint64_t{0xffffffff};
    for_each_change([&](std::uint64_t old_place, std::uint64_t new_place, std::uint32_t before,
                        std::uint32_t after) {
      if (is_code(old_place) || number++ % step != 0) return;
      const std::uint64_t old_base = map_.old_base();
      const std::uint64_t new_base = map_.new_base();
      const bool is_explained = maps(old_base, new_base, before, after) ||
                                maps(old_base & high, new_base & high, before, after) ||
                                maps(map_.old_address(old_place), map_.new_address(new_place),
                                     sign_extended(before), after);
      if (!is_explained) samples_.push_back({before, after});
    });
  }

  void collect_candidates() {
    for (const Section& section : pair_.old_program.sections) {
      candidates_.push_back({section.address});
    }
    for (const std::uint64_t place : pair_.old_program.landmarks) {
      candidates_.push_back({map_.old_address(place)});
    }
    collect_labels();
    collect_pointers();
    std::ranges::sort(candidates_);
    candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
    thin(candidates_);
    // Few, and too good to be thinned out.
    for (const SymbolTable& table : pair_.old_program.symbol_tables) {
      candidates_.push_back({map_.old_address(table.offset), table.entry_size});
    }
  }

  template <typename Item>
  static void thin(std::vector<Item>& all) {
    const std::size_t step = all.size() / kMaxCandidates + 1;
    if (step == 1) return;
    for (std::size_t i = 0; i * step < all.size(); ++i) all[i] = all[i * step];
    all.resize((all.size() + step - 1) / step);
  }

  /// Addresses outside of code that code names: tables are reached so.
  void collect_labels() {
    const BufferReader reader(pair_.old_bytes);
    OldProgram program(reader, map_, code_);
    std::vector<std::uint64_t> found;
    for (std::uint64_t i = 0; i * OldProgram::kChunk < pair_.old_bytes.size(); ++i) {
      for (const Field& field : program.chunk(i).fields) {
        const auto place = map_.old_offset(field.target);
        if (place && !is_code(*place)) found.push_back(field.target);
      }
    }
    add(std::move(found));
  }

  /// Addresses that whole pointers in data name.
  void collect_pointers() {
    std::vector<std::uint64_t> found;
    for (const Equivalence& piece : map_.pieces()) {
      for (std::uint64_t i = (8 - piece.old_begin % 8) % 8; i + 8 <= piece.length; i += 8) {
        const std::uint64_t place = piece.old_begin + i;
        if (is_code(place)) continue;
        const std::uint64_t value = word_at(pair_.old_bytes, place) |
                                    std::uint64_t{word_at(pair_.old_bytes, place + 4)} << 32;
        if (value == 0) continue;
        const auto target = map_.old_offset(value);
        if (target) found.push_back(value);
      }
    }
    add(std::move(found));
  }

  void add(std::vector<std::uint64_t> found) {
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    thin(found);
    for (const std::uint64_t address : found) candidates_.push_back({address});
  }

  [[nodiscard]] bool explains(const Candidate& candidate, const Sample& sample) const {
    return maps(candidate.address, map_.map(candidate.address).address, sample.old_value,
                sample.new_value, candidate.entry_size);
  }

  [[nodiscard]] std::size_t votes(const Candidate& candidate, std::size_t step) const {
    const std::uint64_t new_address = map_.map(candidate.address).address;
    std::size_t count = 0;
    for (std::size_t i = 0; i < samples_.size(); i += step) {
      const Sample& sample = samples_[i];
      if (maps(candidate.address, new_address, sample.old_value, sample.new_value,
               candidate.entry_size)) {
        ++count;
      }
    }
    return count;
  }

  [[nodiscard]] std::optional<Candidate> best_candidate() const {
    const std::size_t step = samples_.size() / kFewSamples + 1;
    const std::size_t few = (samples_.size() + step - 1) / step;
    std::size_t most = std::max(kLeastVotes, samples_.size() / 50);
    std::optional<Candidate> best;
    for (const Candidate& candidate : candidates_) {
      const std::size_t sampled = votes(candidate, step);
      if (sampled * samples_.size() < most * few / 2 || sampled == 0) continue;
      const std::size_t all = votes(candidate, 1);
      if (all <= most) continue;
      most = all;
      best = candidate;
    }
    return best;
  }

  const PairInput& pair_;
  const AddressMap& map_;
  Modes code_;
  std::vector<Sample> samples_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::vector<TableBase> find_bases(const PairInput& pair, const AddressMap& map) {
  return BaseFinder(pair, map).run();
}

}  // namespace xppkg::delta
