#pragma once

#include "model/code_references.hpp"
#include "model/data_words.hpp"
#include "model/moved_columns.hpp"
#include "model/moved_numbers.hpp"

namespace xppkg::delta {

/// One old file beside the new one that is made of it, while that is made (DELTA §6.5).
class ProgramPair {
 public:
  /// `old_file` must outlive this.
  ProgramPair(const RandomReader& old_file, AddressMap map, Modes modes,
              std::vector<TableBase> bases, Models models);
  ProgramPair(const ProgramPair&) = delete;
  ProgramPair& operator=(const ProgramPair&) = delete;

  const AddressMap map;
  const Modes modes;
  OldProgram old;
  TargetPredictor targets;
  Labels labels;
  Hypotheses hypotheses;
};

/// Codes copied bytes: what was learned from one file helps the next. One such model for a
/// segment; written once for writer and reader.
template <Models kModels>
class CopyModel {
 public:
  /// In copies of which nothing else is known numbers are foreseen: those of texts with
  /// `has_moved_numbers`, otherwise those of the tables.
  explicit CopyModel(bool has_moved_numbers = false, std::span<const NumberTable> tables = {}) {
    if (has_moved_numbers)
      numbers_.emplace();
    else if (!tables.empty())
      columns_.emplace(std::vector(tables.begin(), tables.end()));
  }

  /// Corrects `new_bytes`, a piece of a copy that began at `old_place` of the pair's old file and
  /// lies at `new_place` of the new one. A piece ends where the copy does, or at the end of a chunk
  /// of the old file; then it takes with it the rest of the last field.
  template <typename Coder>
  void code(Coder& coder, ProgramPair& pair, std::uint64_t old_place, std::uint64_t new_place,
            const OldProgram::Chunk& chunk, MutableByteView new_bytes) {
    const std::uint64_t end = old_place + new_bytes.size();
    std::uint64_t at = old_place;
    auto field = std::ranges::lower_bound(chunk.fields, old_place, {}, &Field::place);
    while (at < end) {
      while (field != chunk.fields.end() &&
             (field->place < at || field->place + kFieldSize > end)) {
        ++field;
      }
      const bool has_field = field != chunk.fields.end();
      const std::uint64_t next = has_field ? field->place : end;
      plain(coder, pair, chunk, at, next,
            new_bytes.subspan(static_cast<std::size_t>(at - old_place)));
      at = next;
      if (!has_field) break;
      code_field(coder, pair, *field, chunk.from(at), new_place + (at - old_place),
                 new_bytes.subspan(static_cast<std::size_t>(at - old_place)));
      at += kFieldSize;
      ++field;
    }
  }

  /// A piece of a copy of bytes of which nothing is known, from this place of the old image on.
  template <typename Coder>
  void code_plain(Coder& coder, ByteView old_bytes, MutableByteView new_bytes,
                  std::uint64_t old_place = 0) {
    if (columns_) return code_tables(coder, old_bytes, new_bytes, old_place);
    if (!numbers_) return plain_.code(coder, old_bytes, new_bytes, Mode::plain);
    while (!old_bytes.empty()) {
      const std::size_t size = numbers_->block(old_bytes);
      const MutableByteView made = new_bytes.first(size);
      plain_.code(coder, numbers_->foresee(old_bytes.first(size)), made, Mode::plain);
      numbers_->learn(made);
      old_bytes = old_bytes.subspan(size);
      new_bytes = new_bytes.subspan(size);
    }
  }

 private:
  template <typename Coder>
  void code_tables(Coder& coder, ByteView old_bytes, MutableByteView new_bytes,
                   std::uint64_t old_place) {
    while (!old_bytes.empty()) {
      const std::size_t size = columns_->block(old_place, old_bytes.size());
      const MutableByteView made = new_bytes.first(size);
      plain_.code(coder, columns_->foresee(old_place, old_bytes.first(size)), made, Mode::plain);
      columns_->learn(made);
      old_bytes = old_bytes.subspan(size);
      new_bytes = new_bytes.subspan(size);
      old_place += size;
    }
  }

  // From one block of old bytes to the next the mode may change.
  template <typename Coder>
  void plain(Coder& coder, ProgramPair& pair, const OldProgram::Chunk& chunk, std::uint64_t at,
             std::uint64_t end, MutableByteView new_bytes) {
    while (at < end) {
      const Mode mode = pair.old.mode(at);
      std::uint64_t stop = at;
      do {
        stop = ((stop >> kModeBlockLog) + 1) << kModeBlockLog;
      } while (stop < end && pair.old.mode(stop) == mode);
      stop = std::min(stop, end);
      const auto size = static_cast<std::size_t>(stop - at);
      plain_.code(coder, chunk.from(at).first(size), new_bytes.first(size), mode);
      new_bytes = new_bytes.subspan(size);
      at = stop;
    }
  }

  template <typename Coder>
  void code_field(Coder& coder, ProgramPair& pair, const Field& field, ByteView old_bytes,
                  std::uint64_t new_place, MutableByteView new_bytes) {
    const std::uint32_t old_word = word_at(old_bytes, 0);
    std::uint32_t new_word = word_at(new_bytes, 0);
    if (field.is_word) {
      new_word =
          words_.code(coder, pair.hypotheses, plain_, {old_word, field.place, new_place}, new_word);
    } else {
      const TargetPredictor::Prediction prediction = pair.targets.predict(field.target);
      new_word =
          references_.code(coder, field, prediction, number_origin(pair.map, field, new_place),
                           pair.targets, plain_, old_word, new_word);
      if (prediction.old_place) pair.labels.add(*prediction.old_place);
    }
    for (unsigned i = 0; i < kFieldSize; ++i) {
      new_bytes[i] = static_cast<std::uint8_t>(new_word >> 8 * i);
    }
  }

  PlainBytes<kModels> plain_;
  CodeReferences<kModels> references_;
  DataWords<kModels> words_;
  std::optional<MovedNumbers> numbers_;
  std::optional<MovedColumns> columns_;
};

}  // namespace xppkg::delta
