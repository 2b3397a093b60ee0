#include "normalise.hpp"

#include <algorithm>
#include <memory>

#include "function_table.hpp"
#include "lazy_linkage.hpp"
#include "unwind_info.hpp"

namespace xppkg::delta {
namespace {

/// The word with its field made independent of where it stands.
std::uint32_t named(std::uint32_t word, ReferenceKind kind, std::uint8_t extra,
                    std::uint64_t target) {
  return with_field(word, kind, number_for(kind, extra, 0, target));
}

class OldSide {
 public:
  OldSide(const PairInput& pair, const AddressMap& map, const Modes& modes,
          const std::vector<TableBase>& bases, const std::vector<Obvious>* obvious)
      : pair_(pair),
        map_(map),
        reader_(pair.old_bytes),
        program_(reader_, map, modes),
        targets_(map),
        labels_(pair.old_bytes.size()),
        hypotheses_(map, targets_, labels_, bases),
        obvious_(obvious),
        result_(pair.old_bytes.begin(), pair.old_bytes.end()) {}

  Bytes run() {
    const std::uint64_t chunks =
        (pair_.old_bytes.size() + OldProgram::kChunk - 1) / OldProgram::kChunk;
    for (std::uint64_t i = 0; i < chunks; ++i) {
      for (const Field& field : program_.chunk(i).fields) {
        if (field.is_word)
          word(field);
        else
          reference(field);
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::optional<std::uint64_t> moved(const Field& field) const {
    const auto place = map_.moved(field.place);
    if (!place || *place + kFieldSize > pair_.new_bytes.size()) return std::nullopt;
    return place;
  }

  void reference(const Field& field) {
    const std::uint32_t old_word = word_at(pair_.old_bytes, field.place);
    const auto prediction = targets_.predict(field.target);
    const bool learns = obvious_ == nullptr;
    const std::uint64_t target = learns ? prediction.address : prediction.mapped;
    store_word(result_, field.place, named(old_word, field.kind, field.extra, target));
    if (prediction.old_place) labels_.add(*prediction.old_place);
    const auto place = moved(field);
    if (!learns || !place) return;
    const std::uint32_t number = field_of(word_at(pair_.new_bytes, *place), field.kind);
    const std::uint64_t address = number_origin(map_, field, *place);
    if (number == number_for(field.kind, field.extra, address, prediction.address)) return;
    if (field.kind == ReferenceKind::arm_low) return;
    targets_.learn(field.target, prediction, target_of(field.kind, field.extra, address, number));
  }

  /// Replaces a word of an obvious table by its meaning.
  bool is_obvious(const Field& field, std::uint32_t word) {
    if (obvious_ == nullptr) return false;
    switch ((*obvious_)[static_cast<std::size_t>(field.place >> kModeBlockLog)]) {
      case Obvious::nothing:
        return false;
      case Obvious::relative:
        name(field, map_.old_base(), word, map_.new_base());
        return true;
      case Obvious::absolute:
        address(field, word);
        return true;
      case Obvious::symbols:
        symbol_word(field, word);
        return true;
    }
    return false;
  }

  /// A word that counts from `old_origin` names the same place from `new_origin`.
  void name(const Field& field, std::uint64_t old_origin, std::uint32_t word,
            std::uint64_t new_origin) {
    const std::uint64_t target = old_origin + word;
    if (word == 0 || !map_.is_inside(target)) return;
    store_word(result_, field.place,
               static_cast<std::uint32_t>(map_.map(target).address - new_origin));
  }
  void address(const Field& field, std::uint32_t word) {
    const std::uint64_t high = ~std::uint64_t{0xffffffff};
    name(field, map_.old_base() & high, word, 0);
  }

  void symbol_word(const Field& field, std::uint32_t word) {
    for (const SymbolTable& table : pair_.old_program.symbol_tables) {
      if (field.place < table.offset || field.place - table.offset >= table.size) continue;
      const std::uint64_t place = (field.place - table.offset) % table.entry_size;
      const std::uint64_t strings = map_.old_address(table.strings);
      if (place == 0) return name(field, strings, word, map_.map(strings).address);
      if (place == table.address_place) address(field, word);
      return;
    }
  }

  void word(const Field& field) {
    const std::uint32_t old_word = word_at(pair_.old_bytes, field.place);
    if (is_obvious(field, old_word)) return;
    const auto place = moved(field);
    // A word without a place of its own moves with its surroundings.
    const std::uint64_t new_place = place.value_or(field.place);
    const auto guesses = hypotheses_.guess({old_word, field.place, new_place});
    std::size_t best = 0;
    while (best < guesses.size() && Hypotheses::depends_on_neighbours(guesses[best].meaning))
      ++best;
    if (best < guesses.size()) store_word(result_, field.place, guesses[best].value);
    if (!place) return;
    const std::uint32_t actual = word_at(pair_.new_bytes, *place);
    const auto right = std::ranges::find(guesses, actual, &Hypotheses::Guess::value);
    hypotheses_.learn(actual, static_cast<std::size_t>(right - guesses.begin()));
  }

  const PairInput& pair_;
  const AddressMap& map_;
  BufferReader reader_;
  OldProgram program_;
  TargetPredictor targets_;
  Labels labels_;
  Hypotheses hypotheses_;
  const std::vector<Obvious>* obvious_;  // in the first round only
  Bytes result_;
};

/// The new number of an old symbol, if its table is where copies say.
std::uint32_t moved_number(const AddressMap& map, const SymbolNumbers& table,
                           std::uint32_t number) {
  const std::uint64_t symbols = map.old_address(table.symbols);
  const std::uint64_t symbol = symbols + std::uint64_t{number} * table.symbol_size;
  const std::uint64_t distance = map.map(symbol).address - map.map(symbols).address;
  return static_cast<std::uint32_t>(distance / table.symbol_size);
}

/// The modes of the new file: those of the old bytes that copies bring, else as its sections say.
Modes modes_of_new(const PairInput& pair, const AddressMap& map, const Modes& modes) {
  Modes result = modes_of_sections(pair.new_program, pair.new_bytes.size());
  constexpr std::uint64_t kBlock = 1u << kModeBlockLog;
  for (const Equivalence& piece : map.pieces()) {
    const std::uint64_t first = (piece.new_begin + kBlock - 1) / kBlock;
    const std::uint64_t last = (piece.new_begin + piece.length) / kBlock;
    for (std::uint64_t i = first; i < last && i < result.size(); ++i) {
      const std::uint64_t old_place = piece.old_begin + (i * kBlock + kBlock / 2 - piece.new_begin);
      result[static_cast<std::size_t>(i)] =
          modes[static_cast<std::size_t>(old_place >> kModeBlockLog)];
    }
  }
  return result;
}

AddressMap identity_of(const PairInput& pair) {
  return {pair.new_program, pair.new_program.sections, pair.new_program.image_base, {}};
}

Bytes new_side(const PairInput& pair, const AddressMap& map, const Modes& modes) {
  Bytes result(pair.new_bytes.begin(), pair.new_bytes.end());
  const AddressMap identity = identity_of(pair);
  const Modes new_modes = modes_of_new(pair, map, modes);
  const BufferReader reader(pair.new_bytes);
  OldProgram program(reader, identity, new_modes);
  const std::uint64_t chunks =
      (pair.new_bytes.size() + OldProgram::kChunk - 1) / OldProgram::kChunk;
  for (std::uint64_t i = 0; i < chunks; ++i) {
    for (const Field& field : program.chunk(i).fields) {
      if (field.is_word) continue;
      store_word(
          result, field.place,
          named(word_at(pair.new_bytes, field.place), field.kind, field.extra, field.target));
    }
  }
  return result;
}

Bytes old_side(const PairInput& pair, const AddressMap& map, const Modes& modes,
               const std::vector<TableBase>& bases, const std::vector<Obvious>* obvious) {
  // Too large for the stack of a thread.
  return std::make_unique<OldSide>(pair, map, modes, bases, obvious)->run();
}

void name_tables(Normalised& result, const PairInput& pair, const AddressMap& map,
                 const JumpTables& tables) {
  const AddressMap identity = identity_of(pair);
  name_jump_tables(result.old_bytes, pair.old_bytes, map, tables.old_ones);
  name_jump_tables(result.new_bytes, pair.new_bytes, identity, tables.new_ones);
  name_functions(result.old_bytes, pair.old_bytes, map);
  name_unwind_info(result.old_bytes, pair.old_bytes, map);
  name_unwind_info(result.new_bytes, pair.new_bytes, identity);
}

}  // namespace

Normalised normalise(const PairInput& pair, const AddressMap& map, const Modes& modes,
                     const std::vector<TableBase>& bases, const JumpTables& tables) {
  Normalised result{old_side(pair, map, modes, bases, nullptr), new_side(pair, map, modes)};
  name_tables(result, pair, map, tables);
  name_lazy_linkage(result.old_bytes, pair.old_bytes, map,
                    [&](const SymbolNumbers& table, std::uint32_t number) {
                      return moved_number(map, table, number);
                    });
  name_lazy_linkage(result.new_bytes, pair.new_bytes, identity_of(pair),
                    [](const SymbolNumbers&, std::uint32_t number) { return number; });
  return result;
}

Normalised normalise_first(const PairInput& pair, const AddressMap& map, const Modes& modes,
                           const std::vector<TableBase>& bases, const std::vector<Obvious>& obvious,
                           const JumpTables& tables) {
  Normalised result{old_side(pair, map, modes, bases, &obvious), new_side(pair, map, modes)};
  name_tables(result, pair, map, tables);
  return result;
}

}  // namespace xppkg::delta
