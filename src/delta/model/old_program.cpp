#include "model/old_program.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kBlock = 1u << kModeBlockLog;
constexpr std::uint64_t kLongestInstruction = 15;

std::size_t find_references(Processor processor, ByteView code, std::uint64_t address,
                            std::size_t from, std::size_t to, std::vector<Reference>& out) {
  switch (processor) {
    case Processor::x86_64:
      return find_x86_64_references(code, address, from, to, out);
    case Processor::x86:
      return find_x86_references(code, address, from, to, out);
    case Processor::arm64:
      return find_arm64_references(code, address, from, to, out);
    case Processor::none:
      return to;
  }
  return to;
}

ReferenceKind kind_of(const ExportNumber& number) {
  switch (number.size) {
    case 2:
      return ReferenceKind::uleb_2;
    case 3:
      return ReferenceKind::uleb_3;
    default:
      return ReferenceKind::uleb_4;
  }
}

}  // namespace

std::uint64_t number_origin(const AddressMap& map, const Field& field, std::uint64_t new_place) {
  if (!counts_from_table(field.kind)) return map.new_address(new_place);
  return field.extra == 0 ? map.new_base() : map.new_trie_address();
}

std::uint64_t mode_runs(const Modes& modes) {
  std::uint64_t runs = modes.empty() ? 0 : 1;
  for (std::size_t i = 1; i < modes.size(); ++i) {
    if (modes[i] != modes[i - 1]) ++runs;
  }
  return runs;
}

OldProgram::OldProgram(const RandomReader& file, const AddressMap& map, const Modes& modes)
    : file_(file),
      map_(map),
      modes_(modes),
      starts_(static_cast<std::size_t>((file.size() >> kStretchLog) + 1)) {}

const OldProgram::Chunk& OldProgram::chunk_with(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t number = begin / kChunk;
  const std::uint64_t chunk_begin = number * kChunk;
  const std::uint64_t chunk_end = std::min(chunk_begin + kChunk, size());
  end = std::min(end, chunk_end);
  if (map_.old_program().processor == Processor::arm64) {
    // The contents of registers at a place follow from all that stands before it.
    begin = chunk_begin;
    end = chunk_end;
  }
  Chunk& chunk = kept_[static_cast<std::size_t>(number % kKept)];
  if (chunk.number != number) load(chunk, number);
  if (begin < chunk.scanned_begin || end > chunk.scanned_end) scan(chunk, begin, end);
  return chunk;
}

void OldProgram::load(Chunk& chunk, std::uint64_t number) {
  const std::uint64_t begin = number * kChunk;
  const std::uint64_t window_end = std::min(begin + kChunk + kAfter, size());
  chunk.number = number;
  chunk.window_begin = begin - std::min(begin, kBefore);
  chunk.window.resize(static_cast<std::size_t>(window_end - chunk.window_begin));
  file_.read_at(chunk.window_begin, chunk.window);
  chunk.scanned_begin = begin;
  chunk.scanned_end = begin;
}

void OldProgram::scan(Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  chunk.fields.clear();
  chunk.scanned_begin = begin;
  chunk.scanned_end = end;
  // The last field of code before may reach into the first word of data.
  const std::uint64_t before = begin - std::min(begin - chunk.number * kChunk, kFieldSize - 1);
  const std::uint64_t first = before / kFieldSize * kFieldSize;
  for (std::uint64_t at = first; at < end;) {
    const Mode present = mode(at);
    const std::uint64_t next = std::min(run_end(at, end), end);
    if (present == Mode::code) scan_code(chunk, at, next);
    if (present == Mode::data) scan_data(chunk, at, next);
    if (present == Mode::plain) scan_exports(chunk, at, next);
    at = next;
  }
}

std::uint64_t OldProgram::run_begin(std::uint64_t place, std::uint64_t least) const {
  std::uint64_t begin = place / kBlock * kBlock;
  while (begin > least && mode(begin - 1) == mode(place)) begin -= kBlock;
  return std::max(begin, least);
}

std::uint64_t OldProgram::run_end(std::uint64_t place, std::uint64_t most) const {
  std::uint64_t end = (place / kBlock + 1) * kBlock;
  while (end < most && mode(end) == mode(place)) end += kBlock;
  return std::min(end, most);
}

void OldProgram::scan_code(Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t least = chunk.window_begin;
  const std::uint64_t from = run_begin(begin, least);
  const std::uint64_t to = run_end(begin, least + chunk.window.size());
  if (map_.old_program().processor == Processor::arm64) {
    if (map_.old_address(from) % 4 == 0) find_in(chunk, from, begin, end, to);
    return;
  }
  const std::uint64_t chunk_begin = chunk.number * kChunk;
  const std::uint64_t wanted = std::max(from, chunk_begin);
  for (std::uint64_t at = known_start(begin, from, wanted); at < end;) {
    const std::uint64_t stretch_end = ((at >> kStretchLog) + 1) << kStretchLog;
    const std::uint64_t stop = std::min(stretch_end, end);
    at = find_in(chunk, at, std::max(at, wanted), stop, to);
    const bool is_of_chunk = stop >= wanted && stop < chunk_begin + kChunk;
    if (stop == stretch_end && is_of_chunk && at < to) {
      starts_[static_cast<std::size_t>(stop >> kStretchLog)] =
          static_cast<std::uint8_t>(at - stop + 1);
    }
  }
}

std::uint64_t OldProgram::known_start(std::uint64_t place, std::uint64_t run_begin,
                                      std::uint64_t wanted) const {
  // The instruction of the first field may begin so far before it.
  const std::uint64_t last = place - std::min(place, kLongestInstruction);
  for (std::uint64_t stretch = last >> kStretchLog; stretch << kStretchLog >= wanted; --stretch) {
    const std::uint8_t start = starts_[static_cast<std::size_t>(stretch)];
    const std::uint64_t found = (stretch << kStretchLog) + start - 1;
    if (start != 0 && found <= last) return found;
    if (stretch == 0) break;
  }
  return run_begin;
}

std::uint64_t OldProgram::find_in(Chunk& chunk, std::uint64_t at, std::uint64_t begin,
                                  std::uint64_t end, std::uint64_t run_end) {
  const ByteView code = chunk.from(at).first(static_cast<std::size_t>(run_end - at));
  found_.clear();
  const std::size_t stop = find_references(map_.old_program().processor, code, map_.old_address(at),
                                           static_cast<std::size_t>(begin - at),
                                           static_cast<std::size_t>(end - at), found_);
  for (const Reference& reference : found_) {
    const std::uint64_t place = at + reference.place;
    const bool is_free = chunk.fields.empty() || place >= chunk.fields.back().place + kFieldSize;
    // A field that begins past the chunk would have to be told by the next one, which does not see
    // this run if its mode differs.
    const bool is_of_chunk = place < (chunk.number + 1) * kChunk;
    if (!is_free || !is_of_chunk || !map_.is_inside(reference.target)) continue;
    chunk.fields.push_back({place, reference.target, false, reference.kind, reference.extra});
  }
  return at + stop;
}

void OldProgram::scan_exports(Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  const ExportTrie& trie = map_.old_program().export_trie;
  if (end <= trie.offset || begin >= trie.offset + trie.size) return;
  const auto place_of = [&](const ExportNumber& number) { return trie.offset + number.place; };
  const std::uint64_t trie_address = map_.old_address(trie.offset);
  auto number = std::ranges::lower_bound(exports(), begin, {}, place_of);
  for (; number != exports().end() && place_of(*number) < end; ++number) {
    const std::uint64_t place = place_of(*number);
    const bool is_free = chunk.fields.empty() || place >= chunk.fields.back().place + kFieldSize;
    const std::uint64_t origin = number->counts_in_trie ? trie_address : map_.old_base();
    const std::uint64_t target = origin + number->value;
    if (!is_free || place + kFieldSize > size() || !map_.is_inside(target)) continue;
    chunk.fields.push_back({place, target, false, kind_of(*number),
                            static_cast<std::uint8_t>(number->counts_in_trie ? 1 : 0)});
  }
}

const std::vector<ExportNumber>& OldProgram::exports() {
  if (!exports_) {
    const ExportTrie& trie = map_.old_program().export_trie;
    Bytes bytes(static_cast<std::size_t>(trie.size));
    file_.read_at(trie.offset, bytes);
    exports_ = find_export_numbers(bytes);
  }
  return *exports_;
}

void OldProgram::scan_data(Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  // Aligned words; one that goes on into another run still belongs to this one.
  for (std::uint64_t place = begin; place < end && place + kFieldSize <= size();
       place += kFieldSize) {
    if (!chunk.fields.empty() && place < chunk.fields.back().place + kFieldSize) continue;
    chunk.fields.push_back({place, 0, true, {}, 0});
  }
}

}  // namespace xppkg::delta
